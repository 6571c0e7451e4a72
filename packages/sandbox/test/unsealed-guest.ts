import { Seal } from "../src/python/guest/seal.ts";

// The guest's program, whose seal is never closed: what is left is the process around it.
Object.defineProperty(Seal.prototype, "close", { value: () => undefined });
await import("../src/python/guest/main.ts");
