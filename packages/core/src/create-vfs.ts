import type { Context } from "./context.ts";
import { Door } from "./door.ts";
import { makeFaces } from "./face.ts";
import { Mount } from "./mount.ts";
import type { VfsOptions } from "./options.ts";
import { ROOT } from "./path.ts";
import type { Provider } from "./provider.ts";
import { Place, Scope } from "./scope.ts";
import type { Vfs } from "./vfs.ts";

const USUAL_UMASK = 0o022;

/**
 * Makes a filesystem with `provider` at its root. More providers can be mounted below.
 *
 * @example
 * await using vfs = createVfs(memory());
 * await vfs.writeFile("/hello.txt", "Hello");
 *
 * @throws TypeError when the provider's methods and `caps` disagree, or the layers are out of order.
 */
export function createVfs(provider: Provider, options: VfsOptions = {}): Vfs {
  const { layers = [], keepOpen = false } = options;
  const door = new Door(new Mount(ROOT, provider, { keepOpen }), layers);
  const ctx: Context = {
    sync: false,
    signal: undefined,
    actor: undefined,
    root: ROOT,
    identity: undefined,
    readOnly: false,
    umask: USUAL_UMASK,
    resolved: false,
  };
  return makeFaces(new Scope(door, ctx, new Place(ROOT)));
}
