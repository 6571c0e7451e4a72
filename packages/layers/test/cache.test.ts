import { tryLayer } from "./kit.ts";
import { cache } from "../src/index.ts";

tryLayer("cache", { layers: () => [cache({ ttlMs: Infinity })], places: ["mount"] });
tryLayer("cache that is always full", { layers: () => [cache({ maxBytes: 3000 })], places: ["mount"] });
