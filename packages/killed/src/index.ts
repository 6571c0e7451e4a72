export { canStop, copyAll, Victim } from "./victim.ts";
