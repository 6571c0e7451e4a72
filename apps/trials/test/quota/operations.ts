import type { Vfs } from "@vfs/core";
import fc from "fast-check";

/** An open file. */
export type Handle = Awaited<ReturnType<Vfs["open"]>>;

/** One thing that somebody does. Names and sizes are small, so that they meet. */
export type Operation =
  | { readonly op: "write" | "append" | "truncate"; readonly path: string; readonly bytes: number }
  | {
      readonly op: "stream";
      readonly path: string;
      readonly chunks: readonly number[];
      readonly fails: boolean;
    }
  | { readonly op: "mkdir" | "rm" | "unlink" | "symlink"; readonly path: string }
  | { readonly op: "rename" | "copyFile" | "cp" | "link" | "mv"; readonly path: string; readonly to: string }
  | { readonly op: "open"; readonly path: string; readonly flags: "r+" | "w" | "a" | "wx" | "w+" }
  | {
      readonly op: "handleWrite";
      readonly handle: number;
      readonly bytes: number;
      readonly position: number | undefined;
    }
  | { readonly op: "handleTruncate"; readonly handle: number; readonly bytes: number }
  | { readonly op: "close"; readonly handle: number }
  | { readonly op: "batch"; readonly path: string; readonly to: string; readonly bytes: number };

const path = fc.constantFrom("/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/f", "/to-d/a", "/to-a");
const bytes = fc.integer({ min: 0, max: 40 });
const handle = fc.nat({ max: 3 });

/** Any operation, those that change content most often. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constantFrom("write", "append", "truncate"), path, bytes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("stream"),
      path,
      chunks: fc.array(bytes, { maxLength: 4 }),
      fails: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom("mkdir", "rm", "unlink", "symlink"), path }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom("rename", "copyFile", "cp", "link", "mv"),
      path,
      to: path,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("open"),
      path,
      flags: fc.constantFrom("r+", "w", "a", "wx", "w+"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("handleWrite"),
      handle,
      bytes,
      position: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("handleTruncate"), handle, bytes }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("close"), handle }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("batch"), path, to: path, bytes }) },
) as fc.Arbitrary<Operation>;

/** Does an operation. What it answers is of no interest, nor that it fails: `handles` are those that are open. */
export async function perform(vfs: Vfs, handles: Handle[], step: Operation): Promise<void> {
  switch (step.op) {
    case "write":
      return vfs.writeFile(step.path, new Uint8Array(step.bytes));
    case "append":
      return vfs.appendFile(step.path, new Uint8Array(step.bytes));
    case "truncate":
      return vfs.truncate(step.path, step.bytes);
    case "stream":
      return void (await vfs.writeStream(step.path, chunksOf(step.chunks, step.fails)));
    case "mkdir":
      await vfs.mkdir(step.path);
      return;
    case "rm":
      return vfs.rm(step.path, { recursive: true });
    case "unlink":
      return vfs.unlink(step.path);
    case "symlink":
      return vfs.symlink(step.path.length % 2 === 0 ? "/d" : "a", step.path);
    case "rename":
    case "copyFile":
    case "link":
    case "mv":
      await vfs[step.op](step.path, step.to);
      return;
    case "cp":
      return vfs.cp(step.path, step.to, { recursive: true });
    case "open":
      handles.push(await vfs.open(step.path, step.flags));
      return;
    case "handleWrite":
      await handles[step.handle]?.write(new Uint8Array(step.bytes), 0, step.bytes, step.position);
      return;
    case "handleTruncate":
      return handles[step.handle]?.truncate(step.bytes);
    case "close": {
      const [file] = handles.splice(step.handle, 1);
      return file?.close();
    }
    case "batch": {
      const data = new Uint8Array(step.bytes);
      await vfs.batch([
        { op: "writeFile", path: step.path, data },
        { op: "writeFile", path: step.to, data },
      ]);
      return;
    }
  }
}

async function* chunksOf(sizes: readonly number[], fails: boolean): AsyncGenerator<Uint8Array> {
  for (const size of sizes) {
    await Promise.resolve();
    yield new Uint8Array(size);
  }
  if (fails) throw new Error("the source fails");
}
