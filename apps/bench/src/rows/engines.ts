import { spawnSync } from "node:child_process";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python, type Engine, type Session } from "@vfs/sandbox";
import { javascript } from "@vfs/sandbox/javascript";
import { shell } from "@vfs/sandbox/shell";
import { Bash, InMemoryFs } from "just-bash";
import { inTurns } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";

const ROUNDS = 9;

const ENGINES: readonly { readonly make: () => Engine; readonly one: string }[] = [
  { make: python, one: "1" },
  { make: javascript, one: "1" },
  { make: shell, one: ":" },
];

/** How soon a session of each language is ready, and how long the least takes in it; and what others take for that. */
export const engines: Bench = {
  name: "engines of the sandbox",
  run: async () => [...(await starting()), ...(await executing()), ...(await programs())],
};

async function starting(): Promise<Row[]> {
  const times = await inTurns(
    ROUNDS,
    ...ENGINES.map(
      ({ make }) =>
        async () =>
          (await newSession(make())).close(),
    ),
  );
  return ENGINES.map(({ make }, i) =>
    told(`${make().name}: a session started and closed`, times[i] ?? 0, "ms"),
  );
}

async function executing(): Promise<Row[]> {
  const sessions = await Promise.all(ENGINES.map(({ make }) => newSession(make())));
  const times = await inTurns(
    300,
    ...sessions.map((session, i) => () => session.execute(ENGINES[i]?.one ?? "")),
  );
  await Promise.all(sessions.map((session) => session.close()));
  return ENGINES.map(({ make, one }, i) => told(`${make().name}: execute("${one}")`, times[i] ?? 0, "ms"));
}

/** A Python program as a command of a shell, beside just-bash's own and a process of the machine's. */
async function programs(): Promise<Row[]> {
  const command = "python3 -c 'print(6 * 7)'";
  await using ours = await newSession(shell());
  const theirs = new Bash({ fs: new InMemoryFs(), python: true });
  // The first one of each loads what the others find loaded.
  await ours.execute(command);
  await theirs.exec(command);
  const hasNative = spawnSync("python3", ["-c", "print(6 * 7)"]).status === 0;
  const [own = 0, peer = 0, native = 0] = await inTurns(
    ROUNDS,
    () => ours.execute(command),
    () => theirs.exec(command),
    async () => spawnSync("python3", ["-c", "print(6 * 7)"]),
  );
  return [
    told("shell: python3 -c, a fresh interpreter each time", own, "ms"),
    told("just-bash's own python3 -c", peer, "ms"),
    ...(hasNative ? [told("native python3 -c", native, "ms")] : []),
  ];
}

function newSession(engine: Engine): Promise<Session> {
  return createSession({ vfs: createVfs(memory()), engine });
}
