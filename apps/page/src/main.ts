import { indexeddb, opfs } from "@vfs/browser";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python, type Session } from "@vfs/sandbox/browser";

const editor = document.querySelector<HTMLFormElement>("#editor")!;
const program = document.querySelector<HTMLFormElement>("#python")!;
const files = document.querySelector("#files")!;
const output = document.querySelector("#output")!;
const status = document.querySelector("#status")!;
const path = editor.elements.namedItem("path") as HTMLInputElement;
const text = editor.elements.namedItem("text") as HTMLTextAreaElement;
const remove = editor.elements.namedItem("remove") as HTMLButtonElement;
const code = program.elements.namedItem("code") as HTMLTextAreaElement;

const vfs = await mountAll();
let lists = 0;
let session: Promise<Session> | undefined;

editor.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(() => vfs.writeFile(path.value, text.value), `saved ${path.value}`);
});
remove.addEventListener("click", () => void act(() => vfs.rm(path.value), `removed ${path.value}`));
program.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(() => run(code.value), "done");
});
vfs.onChange(() => void list());
await list();
status.textContent = "ready";

/** Files that are gone with the page, and two places where they are not. */
async function mountAll(): Promise<Vfs> {
  const all = createVfs(memory());
  await all.mount("/opfs", opfs());
  await all.mount("/indexeddb", indexeddb({ name: "page" }));
  return all;
}

async function list(): Promise<void> {
  const number = ++lists;
  const found: string[] = [];
  for await (const entry of vfs.find("/", { type: "file" })) found.push(entry.path);
  // One that was begun later knows more.
  if (number === lists) files.replaceChildren(...found.sort().map(item));
}

function item(name: string): HTMLLIElement {
  const link = Object.assign(document.createElement("a"), { href: "#", textContent: name });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    void act(() => open(name), `opened ${name}`);
  });
  const line = document.createElement("li");
  line.append(link);
  return line;
}

async function open(name: string): Promise<void> {
  path.value = name;
  text.value = await vfs.readFile(name, "utf8");
}

/** Runs Python on all of the files; the interpreter is started for the first code, and keeps its memory. */
async function run(source: string): Promise<void> {
  output.textContent = "";
  status.textContent = "running";
  session ??= createSession({ vfs, engine: python({ engineUrl: "pyodide/" }) });
  const show = (part: string): void => output.append(part);
  const live = await session.catch((error: unknown) => {
    session = undefined;
    throw error;
  });
  const { repr, error } = await live.execute(source, { onStdout: show, onStderr: show });
  if (repr !== undefined) show(repr);
  if (error !== undefined) show(error.traceback || `${error.kind}: ${error.message}`);
}

async function act(action: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await action();
    await list();
    status.textContent = done;
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : "something went wrong";
  }
}
