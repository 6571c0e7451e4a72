import type { Job, Program } from "../command.ts";
import type { Finding } from "../doctor/checks.ts";
import { columns } from "../text.ts";

interface DoctorFlags {
  /** Of `--no-python`. */
  readonly python: boolean;
}

const HELP = `Each line says whether something works, and of what does not what would help. Of credentials it says only whether there
are any: they are neither printed nor sent. Answers 1 when something is missing that no command can do without.

Examples:
  vfs doctor
  vfs doctor --json --no-python`;

export function addDoctor(program: Program): void {
  program
    .add<[DoctorFlags]>("doctor", "print what works on this machine, and why something does not", doctor, {
      opensNothing: true,
    })
    .option("--no-python", "do not start an interpreter, which takes a second or two")
    .addHelpText("after", HELP);
}

const MARKS: { readonly [K in Finding["state"]]: string } = { works: "ok", missing: "--", broken: "FAIL" };

async function doctor({ output, shared, signal }: Job, { python }: DoctorFlags): Promise<number> {
  const { checks } = await import("../doctor/checks.ts");
  const { cwd } = output.terminal;
  const config = shared.config === false ? undefined : shared.config;
  const found: Finding[] = [];
  for await (const finding of checks({ cwd, config, startsPython: python, signal })) {
    found.push(finding);
    if (output.json) await output.result(finding, "");
  }
  if (!output.json) {
    const rows = found.map(({ name, state, detail, fix }) => [
      MARKS[state],
      name,
      output.name(fix === undefined ? detail : `${detail}; ${fix}`),
    ]);
    await output.result(null, columns(rows));
  }
  return found.some(({ state }) => state === "broken") ? 1 : 0;
}
