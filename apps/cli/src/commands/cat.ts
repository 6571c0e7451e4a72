import type { Job, Program } from "../command.ts";

const EXAMPLES = `Examples:
  vfs cat sqlite:./backup.db:/src/main.ts
  vfs cat file:./a.txt file:./b.txt`;

export function addCat(program: Program): void {
  program.add<[string[]]>("cat <location...>", "print what is in files", cat).addHelpText("after", EXAMPLES);
}

async function cat({ stores, output, signal, onError }: Job, locations: string[]): Promise<void> {
  for (const text of locations) {
    try {
      const { path } = await stores.place(text);
      if (output.json)
        await output.result({ path: text, ...contentJson(await stores.vfs.readFile(path, { signal })) }, "");
      else for await (const chunk of stores.vfs.readStream(path, { signal })) await output.write(chunk);
    } catch (error) {
      onError(error);
    }
  }
}

function contentJson(bytes: Uint8Array): object {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}
