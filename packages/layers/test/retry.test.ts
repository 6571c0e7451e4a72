import { tryLayer } from "./kit.ts";
import { retry } from "../src/index.ts";

tryLayer("retry", { layers: () => [retry()], places: ["mount"] });
