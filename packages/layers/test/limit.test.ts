import { tryLayer } from "./kit.ts";
import { limit } from "../src/index.ts";

tryLayer("limit of one", { layers: () => [limit({ concurrency: 1 })] });
tryLayer("limit of a rate", { layers: () => [limit({ concurrency: 3, perSecond: 100_000, burst: 50 })] });
