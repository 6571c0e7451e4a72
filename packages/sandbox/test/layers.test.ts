import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { GuestProcess } from "../src/guest-process.ts";
import { snapshot } from "../src/python/snapshot.ts";
import { createSession, python, type Engine } from "../src/index.ts";
import { ATTACKS } from "./attacks/all-python.ts";
import { Attempt, plantSecrets } from "./attacks/attempt.ts";
import { UNHIDE } from "./attacks/bridge.ts";
import { newVfs } from "./helpers.ts";

// Each layer must hold alone: if two hide each other's holes, both can be lost without anybody noticing.

afterAll(plantSecrets());

// Node lets every process signal others of its user, whatever the permission model says.
const BY_THE_SEAL_ALONE = ["a signal to the host"];

const here = (path: string): string => realpathSync(fileURLToPath(new URL(path, import.meta.url)));

/** Python in a process with nothing around it: no permission model. */
function sealAlone(): Engine {
  const folder = mkdtempSync(join(tmpdir(), "no-permission-"));
  const wrapper = join(folder, "node");
  const node = process.execPath;
  // Takes `--permission` and what belongs to it away.
  const script = `#!/bin/sh\nfor arg do shift; case "$arg" in --permission|--allow-*) ;; *) set -- "$@" "$arg";; esac; done\nexec "${node}" "$@"\n`;
  writeFileSync(wrapper, script);
  chmodSync(wrapper, 0o755);
  onTestFinished(() => {
    process.execPath = node;
    rmSync(folder, { recursive: true });
  });
  process.execPath = wrapper;
  return python();
}

/** Python whose seal stays open, in its process. */
function processAlone(): Engine {
  return {
    name: "unsealed",
    start: (options) => {
      const engine = dirname(realpathSync(createRequire(import.meta.url).resolve("pyodide/package.json")));
      const { fd, bytes } = snapshot();
      const readable = [here("../dist"), here("../package.json"), here("unsealed-guest.ts"), engine];
      return GuestProcess.start(
        { ...options, program: here("unsealed-guest.ts"), readable, snapshotFd: fd },
        { engineUrl: `${pathToFileURL(engine).href}/`, snapshotBytes: bytes },
      );
    },
  };
}

describe("one layer alone", () => {
  const layers: Record<string, () => Engine> = {
    seal: sealAlone,
    process: processAlone,
  };
  for (const [layer, engine] of Object.entries(layers))
    it.runIf(process.platform !== "win32")(
      `lets no attack out: ${layer}`,
      async () => {
        const options = { vfs: newVfs(), engine: engine(), limits: { timeoutMs: 10_000 } };
        const session = await createSession(options);
        onTestFinished(() => session.close());
        const settled: Promise<string | undefined>[] = [];
        // What begins with the bridge is ended by the seal, whatever is around it: `isolation.test.ts` shows by what.
        const tried = ATTACKS.filter(
          ({ code }) => layer === "process" || process.env["VFS_ALL"] === "1" || !code.startsWith(UNHIDE),
        );
        for (const [index, attack] of tried.entries()) {
          const attempt = await Attempt.make(attack, `${layer}-${index}`);
          const result = await session.execute(attempt.code);
          settled.push(attempt.succeededBy(result).then((isOut) => (isOut ? attack.name : undefined)));
        }
        const out = (await Promise.all(settled)).filter((name) => name !== undefined);
        expect(out).toEqual(layer === "process" ? BY_THE_SEAL_ALONE : []);
      },
      120_000,
    );
});
