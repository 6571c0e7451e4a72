import "../../src/browser/guest/main.ts";

// The guest's program, in a worker whose names are not taken away: what is left is the seal.
Object.defineProperty(Reflect, "deleteProperty", { value: () => true });
