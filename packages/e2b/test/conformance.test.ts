import { casesFor, conform } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { HEAVY, OWN, SKIPS } from "./skips.ts";
import { ServerProcess, Stores } from "./stores.ts";

const server = await ServerProcess.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

describe("e2b › conformance", () => {
  const { caps } = stores.make();
  const isLeft = ({ name }: { readonly name: string }): boolean => !OWN.test(name) || HEAVY.includes(name);
  const left = casesFor(caps).filter(isLeft);
  const around = process.env["VFS_E2B_WHOLE_KIT"] === "1" ? [] : left.map(({ name }) => name);
  conform(it, { make: () => stores.make(), caps, skips: SKIPS, around });
});
