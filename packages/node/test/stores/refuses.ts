/** Fails as the maker of a store may. */
export function createProvider(): never {
  throw new Error("no such bucket");
}
