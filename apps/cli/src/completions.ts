import type { Command } from "commander";
import { SCHEMES } from "./location.ts";
import { commandNames, optionNames } from "./shell/complete.ts";

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** A script that makes a shell complete commands, options and locations. Of locations it asks `vfs __complete`. */
export function completionScript(shell: Shell, root: Command): string {
  return { bash, zsh, fish }[shell](root);
}

/** All commands, those of a group behind it: `snapshot`, `snapshot create`. */
function tableOf(root: Command): [name: string, command: Command][] {
  const table: [string, Command][] = [];
  for (const command of visible(root)) {
    table.push([command.name(), command]);
    for (const inner of visible(command)) table.push([`${command.name()} ${inner.name()}`, inner]);
  }
  return table;
}

function visible(command: Command): Command[] {
  const names = commandNames(command);
  return command.commands.filter((one) => names.includes(one.name()));
}

const SCHEME_WORDS = SCHEMES.map((scheme) => `${scheme}:`).join(" ");

/** What both bash and zsh decide by: the longest name first, so that a command in a group goes before its group. */
function cases(root: Command): string {
  const lines = tableOf(root)
    .toReversed()
    .map(([name, command]) => {
      const pattern = name.includes(" ") ? `"${name}"` : `"${name} "*`;
      const inner = commandNames(command).join(" ");
      const candidates = inner === "" ? "" : `; [[ -z $inner ]] && candidates="${inner}"`;
      return `    ${pattern}) options="${optionNames(command).join(" ")}"${candidates} ;;`;
    });
  return [
    `  case "$name $inner" in`,
    ...lines,
    `    "help "*) candidates="${commandNames(root).join(" ")}" ;;`,
    `    " "*) options="${optionNames(root).join(" ")}"; candidates="${[...commandNames(root), "help"].join(" ")}" ;;`,
    "  esac",
  ].join("\n");
}

function bash(root: Command): string {
  return `# Put this into ~/.bashrc: source <(vfs completion bash)
_vfs() {
  local line="\${COMP_LINE:0:COMP_POINT}" options="" candidates="" words=()
  local cur="\${line##*[[:space:]]}"
  read -ra words <<< "\${line%"$cur"}"
  local name="\${words[1]-}" inner="\${words[2]-}"
${cases(root)}
  COMPREPLY=()
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [[ -n $candidates ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur")
  elif [[ $cur == /* || $cur == *:* ]]; then
    mapfile -t COMPREPLY < <(vfs __complete -- "$cur" 2> /dev/null)
  else
    mapfile -t COMPREPLY < <(compgen -W "${SCHEME_WORDS}" -- "$cur"; compgen -f -- "$cur")
  fi
  [[ \${COMPREPLY[0]-} == *[/:] ]] && compopt -o nospace 2> /dev/null
  # Bash takes a colon for the end of a word, and what is in front of it for done.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local done="\${cur%"\${cur##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$done"}")
  fi
}
complete -F _vfs vfs
`;
}

function zsh(root: Command): string {
  return `#compdef vfs
# Put this into ~/.zshrc, behind compinit: source <(vfs completion zsh)
_vfs() {
  local cur="\${words[CURRENT]}" name="" inner="" options="" candidates=""
  (( CURRENT > 2 )) && name="\${words[2]}"
  (( CURRENT > 3 )) && inner="\${words[3]}"
${cases(root)}
  if [[ $cur == -* ]]; then
    compadd -- \${=options}
  elif [[ -n $candidates ]]; then
    compadd -- \${=candidates}
  elif [[ $cur == /* || $cur == *:* ]]; then
    local -a found
    found=("\${(@f)$(vfs __complete -- "$cur" 2> /dev/null)}")
    compadd -S "" -- $found
  else
    compadd -S "" -- ${SCHEME_WORDS}
    _files
  fi
}
compdef _vfs vfs
`;
}

function fish(root: Command): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const lines = ["# Put this into ~/.config/fish/config.fish: vfs completion fish | source"];
  for (const [name, command] of tableOf(root)) {
    const [outer = "", inner] = name.split(" ");
    const others = commandNames(command).join(" ");
    const within = `__fish_seen_subcommand_from ${outer}`;
    const offered =
      inner === undefined
        ? "__fish_use_subcommand"
        : `${within}; and not __fish_seen_subcommand_from ${siblings(root, outer)}`;
    lines.push(
      `complete -c vfs -f -n ${quoted(offered)} -a ${inner ?? outer} -d ${quoted(command.description())}`,
    );
    const here = inner === undefined ? within : `${within}; and __fish_seen_subcommand_from ${inner}`;
    if (others !== "") continue;
    for (const { long, short, description, required } of command.createHelp().visibleOptions(command)) {
      const flags = [
        long === undefined ? "" : ` -l ${long.slice(2)}`,
        short === undefined ? "" : ` -s ${short.slice(1)}`,
      ];
      lines.push(
        `complete -c vfs -n ${quoted(here)}${flags.join("")}${required ? " -r" : ""} -d ${quoted(description)}`,
      );
    }
  }
  lines.push(
    "complete -c vfs -n 'not __fish_use_subcommand' -a '(vfs __complete -- (commandline -ct) 2> /dev/null)'",
  );
  return `${lines.join("\n")}\n`;
}

function siblings(root: Command, outer: string): string {
  const group = root.commands.find((one) => one.name() === outer);
  return group === undefined ? "" : commandNames(group).join(" ");
}
