import { capabilities, type Provider } from "@vfs/core";
import { permissions } from "../src/index.ts";
import { tryLayer } from "./kit.ts";
import { lacking } from "./lacking.ts";

const unguarded = (): Provider => lacking({ permissions: false });

tryLayer("permissions", {
  layers: () => [permissions()],
  make: unguarded,
  caps: (inner) => capabilities({ ...inner, permissions: true }),
});
