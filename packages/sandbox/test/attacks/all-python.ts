import type { Attack } from "./attack.ts";
import { BRIDGE_ATTACKS, NODE_ATTACKS } from "./bridge.ts";
import { MORE_PYTHON_ATTACKS } from "./library.ts";
import { POISON_ATTACKS } from "./poison.ts";
import { PYTHON_ATTACKS } from "./python.ts";

/** All ways out of Python that are tried. */
export const ATTACKS: readonly Attack[] = [
  ...PYTHON_ATTACKS,
  ...MORE_PYTHON_ATTACKS,
  ...BRIDGE_ATTACKS,
  ...NODE_ATTACKS,
  ...POISON_ATTACKS,
];
