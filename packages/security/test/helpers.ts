import { capabilities, createVfs, isVfsError, type Provider, type VfsError } from "@vfs/core";
import { memory } from "@vfs/memory";
import { secure, type ProfileName, type SecurityOverrides } from "../src/index.ts";

/** A store with files, and a Vfs over it behind a policy. */
export async function guarded(
  profile: ProfileName,
  overrides: SecurityOverrides,
  files: Readonly<Record<string, string>> = {},
) {
  const store = memory();
  const inner = createVfs(store, { keepOpen: true });
  for (const [path, text] of Object.entries(files)) {
    await inner.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    await inner.writeFile(path, text);
  }
  const policy = secure(profile, overrides);
  const vfs = createVfs(store, { layers: [policy] });
  return { vfs, inner, policy, store };
}

/** A store that keeps names as macOS does: in whatever case and form they are given. */
export function withoutCase(store: Provider): Provider {
  const caps = capabilities({ ...store.caps, caseSensitive: false });
  const same = (given: unknown): unknown =>
    typeof given === "string" && given.startsWith("/") ? given.normalize("NFC").toLowerCase() : given;
  return new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === "caps" ? caps : Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => Reflect.apply(value, target, given.map(same)) as unknown;
    },
  });
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** What a refused call fails with. */
export function refused(code: "EACCES" | "EROFS"): { code: string; reason: string } {
  return { code, reason: "policy" };
}

/** The error that an action fails with. */
export async function errorOf(action: () => Promise<unknown>): Promise<VfsError> {
  try {
    await action();
  } catch (error) {
    if (isVfsError(error)) return error;
    throw error;
  }
  throw new Error("it passed");
}
