import { constants } from "node:fs";
import type { OnHandle, Step, User } from "./as-user.ts";

type Random = (bound: number) => number;
/** Who does it (-1 is root), and what. */
type Turn = readonly [who: number, step: Step];

const NAMES = ["a", "b", "c"];
const FILE_MODES = [
  0o644, 0o600, 0o666, 0o640, 0o444, 0o060, 0o006, 0o755, 0o4755, 0o2755, 0o6777, 0o2644, 0,
];
const DIRECTORY_MODES = [0o755, 0o777, 0o700, 0o1777, 0o2775, 0o3777, 0o711, 0o733, 0o555, 0o770, 0o750, 0];
const GROUPS = [0, 50, 1000, 1001, 1002, 1003];
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;
const FLAGS = [
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_RDONLY | O_TRUNC,
  O_WRONLY | O_CREAT,
  O_RDWR | O_CREAT | O_TRUNC,
  O_WRONLY | O_CREAT | O_EXCL,
  O_RDONLY | O_CREAT,
  O_WRONLY | O_APPEND,
];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

/** Whole numbers below a bound, the same ones for the same seed (mulberry32). */
function randomizer(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

function randomPath(random: Random): string {
  const depth = pick(random, [1, 1, 2, 2, 2, 3]);
  return Array.from({ length: depth }, () => `/${pick(random, NAMES)}`).join("");
}

/** Any step by anybody. Root comes by more rarely, to give things to others. */
export function randomStep(seed: number, users: readonly User[]): Turn {
  const random = randomizer(seed);
  const who = random(5) === 0 ? -1 : random(users.length);
  const make = pick(random, MAKERS);
  return [who, make(random, randomPath(random), users)];
}

type Maker = (random: Random, path: string, users: readonly User[]) => Step;

const onPath =
  (op: "readFile" | "readdir" | "stat" | "lstat" | "unlink" | "rmdir" | "readlink"): Maker =>
  (_, path) => ({ op, path });
const onTwo =
  (op: "rename" | "link" | "copyFile"): Maker =>
  (random, path) => ({ op, path, to: randomPath(random) });
const mkdir: Maker = (random, path) => ({ op: "mkdir", path, mode: pick(random, DIRECTORY_MODES) });
const writeFile: Maker = (random, path) => ({
  op: "writeFile",
  path,
  text: pick(random, ["", "x", "some text"]),
  mode: pick(random, FILE_MODES),
});
const chmod: Maker = (random, path) => ({
  op: "chmod",
  path,
  mode: pick(random, random(2) === 0 ? FILE_MODES : DIRECTORY_MODES),
});
const chown =
  (op: "chown" | "lchown"): Maker =>
  (random, path, users) => ({
    op,
    path,
    uid: pick(random, [0, ...users.map(({ uid }) => uid)]),
    gid: pick(random, GROUPS),
  });

function randomOnHandle(random: Random, users: readonly User[]): OnHandle {
  const steps: readonly OnHandle[] = [
    { op: "nothing" },
    { op: "read" },
    { op: "write", text: "by handle" },
    { op: "truncate", size: random(8) },
    { op: "chmod", mode: pick(random, FILE_MODES) },
    { op: "chown", uid: pick(random, users).uid, gid: pick(random, GROUPS) },
  ];
  return pick(random, steps);
}

/** What may be done; what makes things more often, so that there are some. */
const MAKERS: readonly Maker[] = [
  mkdir,
  mkdir,
  mkdir,
  mkdir,
  writeFile,
  writeFile,
  writeFile,
  writeFile,
  chmod,
  chmod,
  chmod,
  chown("chown"),
  chown("chown"),
  chown("lchown"),
  onTwo("rename"),
  onTwo("rename"),
  onTwo("rename"),
  onTwo("link"),
  onTwo("link"),
  onTwo("copyFile"),
  onPath("readFile"),
  onPath("readdir"),
  onPath("stat"),
  onPath("lstat"),
  onPath("unlink"),
  onPath("unlink"),
  onPath("rmdir"),
  onPath("readlink"),
  (_, path) => ({ op: "appendFile", path, text: "more" }),
  (random, path) => ({ op: "truncate", path, size: random(6) }),
  (random, path) => ({ op: "access", path, mode: random(8) }),
  (random, path) => ({ op: "utimes", path, time: 1000 + random(1000) }),
  (random, path) => ({
    op: "symlink",
    path,
    target: pick(random, ["a", "b", "a/b", "../a", "c/../b", "none"]),
  }),
  (random, path) => ({ op: "symlink", path, target: pick(random, ["a", "b", "../b/c"]) }),
  (random, path, users) => ({
    op: "open",
    path,
    flags: pick(random, FLAGS),
    doing: randomOnHandle(random, users),
  }),
  (random, path, users) => ({
    op: "open",
    path,
    flags: pick(random, FLAGS),
    doing: randomOnHandle(random, users),
  }),
];

/** What random steps find there: something of everybody's, in directories of every kind. */
export const BEFORE: readonly Turn[] = [
  [-1, { op: "chmod", path: "", mode: 0o777 }],
  ...[0o1777, 0o2777, 0o755].flatMap((mode, n): Turn[] => {
    const path = `/${NAMES[n]}`;
    return [
      [-1, { op: "mkdir", path, mode }],
      [-1, { op: "chmod", path, mode }],
      [-1, { op: "chown", path, uid: n === 0 ? 0 : 1000, gid: 50 }],
      [n === 2 ? 0 : n, { op: "mkdir", path: `${path}/a`, mode: 0o775 }],
      [0, { op: "writeFile", path: `${path}/b`, text: "of ada", mode: 0o666 }],
      [n === 2 ? 0 : 2, { op: "writeFile", path: `${path}/a/c`, text: "below", mode: 0o4755 }],
    ];
  }),
];

const ROOT = -1;
const ADA = 0;
const BOB = 1;
const CARL = 2;

/** A directory of root's that everybody may write. */
const shared = (path: string, mode: number): Turn[] => [
  [ROOT, { op: "mkdir", path, mode: 0o777 }],
  [ROOT, { op: "chmod", path, mode }],
];

/** What random steps come by too rarely, and what must never go wrong. */
export const TABLE: Readonly<Record<string, readonly Turn[]>> = {
  "a sticky directory lets only owners take names away": [
    ...shared("/t", 0o1777),
    [ADA, { op: "writeFile", path: "/t/f", text: "ada's", mode: 0o666 }],
    [ADA, { op: "mkdir", path: "/t/d", mode: 0o777 }],
    [BOB, { op: "unlink", path: "/t/f" }],
    [BOB, { op: "rmdir", path: "/t/d" }],
    [BOB, { op: "rename", path: "/t/f", to: "/t/g" }],
    [BOB, { op: "writeFile", path: "/t/bob", text: "bob's", mode: 0o644 }],
    [BOB, { op: "rename", path: "/t/bob", to: "/t/f" }],
    [ROOT, { op: "chown", path: "/t", uid: 1001, gid: 0 }],
    [BOB, { op: "rename", path: "/t/bob", to: "/t/f" }],
    [ADA, { op: "unlink", path: "/t/f" }],
    [BOB, { op: "unlink", path: "/t/f" }],
  ],
  "a set-gid directory hands its group on": [
    ...shared("/g", 0o2777),
    [ROOT, { op: "chown", path: "/g", uid: 0, gid: 50 }],
    [ADA, { op: "writeFile", path: "/g/f", text: "x", mode: 0o2755 }],
    [CARL, { op: "writeFile", path: "/g/h", text: "", mode: 0o2755 }],
    [CARL, { op: "mkdir", path: "/g/d", mode: 0o755 }],
    [CARL, { op: "symlink", path: "/g/l", target: "f" }],
    [ROOT, { op: "mkdir", path: "/g/r", mode: 0o700 }],
    [CARL, { op: "chmod", path: "/g/d", mode: 0o2777 }],
    [ADA, { op: "mkdir", path: "/g/d/e", mode: 0o700 }],
    [ADA, { op: "chmod", path: "/g/d/e", mode: 0o2700 }],
  ],
  "set-id bits go when somebody writes, cuts or gives away": [
    ...shared("/s", 0o777),
    ...[0o4755, 0o2755, 0o6777, 0o2666].flatMap((mode, n): Turn[] => [
      [ADA, { op: "writeFile", path: `/s/${n}`, text: "x", mode: 0o777 }],
      [ADA, { op: "chmod", path: `/s/${n}`, mode }],
      [ADA, { op: "stat", path: `/s/${n}` }],
      [ADA, { op: "appendFile", path: `/s/${n}`, text: "" }],
      [ADA, { op: "appendFile", path: `/s/${n}`, text: "y" }],
      [ADA, { op: "stat", path: `/s/${n}` }],
      [ADA, { op: "chmod", path: `/s/${n}`, mode }],
      [ADA, { op: "truncate", path: `/s/${n}`, size: 1 }],
      [ADA, { op: "stat", path: `/s/${n}` }],
      [ADA, { op: "chmod", path: `/s/${n}`, mode }],
      [ADA, { op: "chown", path: `/s/${n}`, uid: 1000, gid: 50 }],
      [ADA, { op: "stat", path: `/s/${n}` }],
      [ROOT, { op: "chmod", path: `/s/${n}`, mode }],
      [ROOT, { op: "appendFile", path: `/s/${n}`, text: "root's" }],
      [ROOT, { op: "stat", path: `/s/${n}` }],
      [ROOT, { op: "chown", path: `/s/${n}`, uid: 1001, gid: 1001 }],
    ]),
  ],
  "what lies behind a directory that cannot be searched is nobody's to know": [
    [ROOT, { op: "mkdir", path: "/p", mode: 0o755 }],
    [ROOT, { op: "mkdir", path: "/p/q", mode: 0o777 }],
    [ROOT, { op: "writeFile", path: "/p/q/f", text: "secret", mode: 0o666 }],
    [ROOT, { op: "symlink", path: "/l", target: "p/q/f" }],
    [ROOT, { op: "symlink", path: "/up", target: "p/../p/q" }],
    [ROOT, { op: "writeFile", path: "/beside", text: "open", mode: 0o644 }],
    [ROOT, { op: "symlink", path: "/round", target: "p/../beside" }],
    [ADA, { op: "readFile", path: "/round" }],
    [ADA, { op: "readFile", path: "/l" }],
    [ROOT, { op: "chmod", path: "/p", mode: 0o744 }],
    ...(["/p/q/f", "/p/none", "/p/q/f/x", "/l", "/round", "/up/f", "/p/q/none/x"] as const).flatMap(
      (path): Turn[] => [
        [ADA, { op: "readFile", path }],
        [ADA, { op: "stat", path }],
        [ADA, { op: "access", path, mode: 0 }],
        [ADA, { op: "unlink", path }],
        [ADA, { op: "writeFile", path, text: "mine", mode: 0o644 }],
        [ADA, { op: "open", path, flags: O_RDWR | O_CREAT, doing: { op: "write", text: "mine" } }],
      ],
    ),
    [ADA, { op: "readdir", path: "/p" }],
    [ADA, { op: "readdir", path: "/p/q" }],
    [ADA, { op: "lstat", path: "/l" }],
    [ADA, { op: "readlink", path: "/l" }],
    [ROOT, { op: "readFile", path: "/p/q/f" }],
  ],
  "a directory moves elsewhere only when it may be written itself": [
    ...shared("/x", 0o777),
    ...shared("/y", 0o777),
    [ROOT, { op: "mkdir", path: "/x/d", mode: 0o755 }],
    [ADA, { op: "rename", path: "/x/d", to: "/y/d" }],
    [ADA, { op: "rename", path: "/x/d", to: "/x/e" }],
    [ADA, { op: "mkdir", path: "/x/mine", mode: 0o555 }],
    [ADA, { op: "rename", path: "/x/mine", to: "/y/mine" }],
    [ADA, { op: "rename", path: "/x/mine", to: "/y/none/mine" }],
  ],
  "only owners link to what they may not read and write": [
    ...shared("/h", 0o777),
    [ADA, { op: "writeFile", path: "/h/open", text: "x", mode: 0o666 }],
    [ADA, { op: "chmod", path: "/h/open", mode: 0o666 }],
    [ADA, { op: "writeFile", path: "/h/closed", text: "x", mode: 0o644 }],
    [ADA, { op: "symlink", path: "/h/link", target: "open" }],
    [ADA, { op: "mkdir", path: "/h/d", mode: 0o755 }],
    ...(["open", "closed", "link", "d"] as const).flatMap((name): Turn[] => [
      [BOB, { op: "link", path: `/h/${name}`, to: `/h/bob-${name}` }],
      [ADA, { op: "link", path: `/h/${name}`, to: `/h/ada-${name}` }],
      [ADA, { op: "link", path: `/h/${name}`, to: "/h/open" }],
      [ADA, { op: "link", path: `/h/${name}`, to: "/mine" }],
    ]),
    [ADA, { op: "chmod", path: "/h/open", mode: 0o4777 }],
    [BOB, { op: "link", path: "/h/open", to: "/h/again" }],
  ],
};
