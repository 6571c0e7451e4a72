import type { Job, Program } from "../command.ts";
import { bytesText, columns, modeText, statsJson, timeText } from "../text.ts";

const EXAMPLES = `Examples:
  vfs stat file:./a.txt
  vfs stat --json sqlite:./backup.db:/src`;

export function addStat(program: Program): void {
  program.add<[string[]]>("stat <location...>", "describe files", stat).addHelpText("after", EXAMPLES);
}

async function stat({ stores, output, onError }: Job, locations: string[]): Promise<void> {
  for (const text of locations) {
    try {
      const { path } = await stores.place(text);
      const stats = await stores.vfs.lstat(path);
      const { type, size, mode, uid, gid, nlink, mtimeMs, etag, contentType, meta } = stats;
      const rows = [
        ["path", text],
        ["type", stats.isSymbolicLink() ? `${type} to ${await stores.vfs.readlink(path)}` : type],
        ["size", `${size} (${bytesText(size)})`],
        ["mode", `${(mode & 0o7777).toString(8).padStart(4, "0")} ${modeText(stats)}`],
        ["owner", `${uid}:${gid}`],
        ["links", String(nlink)],
        ["changed", timeText(mtimeMs)],
        ["etag", etag ?? ""],
        ["content type", contentType ?? ""],
        ...Object.entries(meta).map(([key, value]) => [`meta ${key}`, value]),
      ];
      const known = rows
        .filter(([, value]) => value !== "")
        .map((row) => row.map((cell) => output.name(cell)));
      await output.result({ path: text, ...statsJson(stats) }, columns(known));
    } catch (error) {
      onError(error);
    }
  }
}
