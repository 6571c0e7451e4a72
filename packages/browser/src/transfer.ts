import type { Vfs } from "@vfs/core";

/** An entry of a drop, as browsers have it without a common name. */
interface Dropped {
  readonly isDirectory: boolean;
  readonly name: string;
}
interface DroppedFile extends Dropped {
  file(found: (file: File) => void, failed: (error: DOMException) => void): void;
}
interface DroppedDirectory extends Dropped {
  createReader(): {
    readEntries(found: (entries: Dropped[]) => void, failed: (error: DOMException) => void): void;
  };
}

export interface FromDataTransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each path when its file is there. */
  readonly onFile?: ((path: string) => void) | undefined;
}

/**
 * Puts the files and folders that were dropped on a page, or pasted, into a directory, which is made when it is not there.
 * What is there already is replaced. To be called in the event itself: afterwards a browser forgets what was dropped.
 *
 * @returns The paths of the files, in the order in which they came.
 * @example
 * page.ondrop = (event) => { event.preventDefault(); void fromDataTransfer(event.dataTransfer, vfs, "/inbox"); };
 */
export async function fromDataTransfer(
  data: Pick<DataTransfer, "items">,
  vfs: Vfs,
  into: string,
  { signal, onFile }: FromDataTransferOptions = {},
): Promise<string[]> {
  // Before anything is waited for.
  const tops = [...data.items].flatMap((item) => {
    if (item.kind !== "file") return [];
    const entry = (item as { webkitGetAsEntry?: () => Dropped | null }).webkitGetAsEntry?.() ?? undefined;
    return [entry ?? item.getAsFile()].filter((found) => found !== null);
  });
  const paths: string[] = [];
  const put = async (path: string, file: File): Promise<void> => {
    signal?.throwIfAborted();
    await vfs.writeStream(path, file, {
      ...(signal && { signal }),
      ...(file.type !== "" && { contentType: file.type }),
    });
    paths.push(path);
    onFile?.(path);
  };
  const walk = async (directory: string, entry: Dropped): Promise<void> => {
    const path = `${directory}/${entry.name}`;
    if (!entry.isDirectory) return put(path, await fileOf(entry as DroppedFile));
    await vfs.mkdir(path, { recursive: true });
    for (const child of await entriesOf(entry as DroppedDirectory)) await walk(path, child);
  };
  await vfs.mkdir(into, { recursive: true });
  const base = into === "/" ? "" : into;
  for (const top of tops) await (top instanceof File ? put(`${base}/${top.name}`, top) : walk(base, top));
  return paths;
}

function fileOf(entry: DroppedFile): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** They come by the hundred, until none comes. */
async function entriesOf(directory: DroppedDirectory): Promise<Dropped[]> {
  const reader = directory.createReader();
  const all: Dropped[] = [];
  for (;;) {
    const some = await new Promise<Dropped[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** The content of a file as a `Blob`, with the content type that the store knows, or `type`. */
export async function toBlob(vfs: Vfs, path: string, type?: string): Promise<Blob> {
  const { contentType = "" } = (await vfs.stat(path)) as { readonly contentType?: string };
  const parts: BlobPart[] = [];
  for await (const chunk of vfs.readStream(path, { chunkSize: 1 << 20 })) parts.push(chunk);
  return new Blob(parts, { type: type ?? contentType });
}

/** An address for the content of a file as it is now, for `img.src` and the like. */
export interface ObjectUrl extends Disposable {
  readonly url: string;
  /** Gives the memory back: the address leads nowhere from then on. */
  readonly revoke: () => void;
}

/** As {@link toBlob}, with an address. */
export async function toObjectUrl(vfs: Vfs, path: string, type?: string): Promise<ObjectUrl> {
  const url = URL.createObjectURL(await toBlob(vfs, path, type));
  const revoke = (): void => URL.revokeObjectURL(url);
  return { url, revoke, [Symbol.dispose]: revoke };
}

/** Lets the browser save a file among the user's downloads, under its own name unless told. */
export async function download(vfs: Vfs, path: string, name: string = lastName(path)): Promise<void> {
  const { url, revoke } = await toObjectUrl(vfs, path, "application/octet-stream");
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken hold of the content when the click has been dealt with.
  setTimeout(revoke, 60_000);
}

function lastName(path: string): string {
  return path.split("/").at(-1) ?? "file";
}
