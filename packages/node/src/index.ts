export { toNodeFs, type NodeFs } from "./node-fs.ts";
