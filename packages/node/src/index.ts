export { toNodeFs } from "./node-fs.ts";
