import { tryLayer } from "./kit.ts";
import { trace } from "../src/index.ts";

tryLayer("trace", { layers: () => [trace({ onEvent: () => undefined })] });
