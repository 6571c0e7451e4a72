import { mustRun } from "./steps.ts";

// What looks at the whole workspace; what looks at one package is its own `lint` task.
mustRun(
  ["oxfmt", "--check"],
  ["oxlint", "--type-aware", "--deny-warnings"],
  ["turbo", "boundaries"],
  ["knip"],
);
