import { Argument, type Command } from "commander";
import type { Job, Program } from "../command.ts";
import { completionScript, SHELLS, type Shell } from "../completions.ts";
import { completeLocation } from "../shell/complete.ts";

const HELP = `Examples:
  source <(vfs completion bash)       in ~/.bashrc; the same with zsh
  vfs completion fish | source        in ~/.config/fish/config.fish`;

export function addCompletion(program: Program, table: () => Command): void {
  program
    .add<[Shell]>(
      "completion",
      "print a script that makes your shell complete commands, options and locations",
      async ({ output }: Job, shell) => {
        const script = completionScript(shell, table());
        if (output.json) await output.result({ shell, script }, "");
        else await output.write(script);
      },
      { opensNothing: true },
    )
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(SHELLS))
    .addHelpText("after", HELP);
  // What the scripts ask.
  program.hidden<[string]>("__complete <word>", async ({ stores, output }, word) => {
    for (const one of await completeLocation(stores, word)) await output.result({ word: one }, one);
  });
}
