// The guest's program, whose seal is never closed: what is left is the process around it. From what is built, as all guests.

const built = (path: string): Promise<unknown> =>
  import(new URL(`../dist/python/guest/${path}`, import.meta.url).href);
const { Seal } = (await built("seal.js")) as { Seal: { prototype: object } };
Object.defineProperty(Seal.prototype, "close", { value: () => undefined });
await built("main.js");
