import type { Command } from "commander";
import { commandNames } from "./shell/complete.ts";
import { SHARED_GROUP } from "./command.ts";

/** The page of all commands: what `vfs help` says of each, with what all of them take said once. */
export function commandsPage(root: Command): string {
  const parts = [
    "# Commands of vfs",
    "What `vfs help <command>` prints, made of the table of commands; a test keeps it so.",
    section("vfs", root),
  ];
  for (const command of visible(root)) {
    parts.push(section(`vfs ${command.name()}`, command));
    for (const inner of visible(command)) parts.push(section(`vfs ${command.name()} ${inner.name()}`, inner));
  }
  return `${parts.join("\n\n")}\n`;
}

function visible(command: Command): Command[] {
  const names = commandNames(command);
  return command.commands.filter((one) => names.includes(one.name()));
}

function section(title: string, command: Command): string {
  let text = "";
  // With what is written behind it, which `helpInformation` leaves out.
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 110,
  });
  command.outputHelp();
  const isRoot = title === "vfs";
  return `## ${title}\n\n\`\`\`text\n${(isRoot ? text : withoutShared(text)).trim()}\n\`\`\``;
}

/** What is said of the root is not said again of each command. */
function withoutShared(text: string): string {
  const start = text.indexOf(`\n${SHARED_GROUP}\n`);
  if (start < 0) return text;
  const end = text.indexOf("\n\n", start + 1);
  const rest = end < 0 ? "" : text.slice(end + 2);
  return `${text.slice(0, start)}\n${rest.replace(/^A location is [^]*?at \/cwd\.\n+/, "")}`;
}
