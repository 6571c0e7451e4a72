// Stands for an interpreter that somebody has taken over: it says to the host whatever it likes. What, is told by the
// name of the first callback.
import { readSync, writeSync } from "node:fs";

const CHANNEL = 3;

function send(header, payload = new Uint8Array()) {
  sendRaw(Buffer.from(typeof header === "string" ? header : JSON.stringify(header)), payload);
}

function sendRaw(text, payload = new Uint8Array(), lengths = [text.length, payload.length]) {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(lengths[0], 0);
  prefix.writeUInt32LE(lengths[1], 4);
  write(Buffer.concat([prefix, text, payload]));
}

function write(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(CHANNEL, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function take(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    try {
      const count = readSync(CHANNEL, bytes, at, length - at, null);
      if (count === 0) process.exit(0);
      at += count;
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
  return bytes;
}

function receive() {
  const prefix = take(8);
  const header = JSON.parse(take(prefix.readUInt32LE(0)).toString());
  take(prefix.readUInt32LE(4));
  return header;
}

/** Makes a call as it should be made. */
function call(header, payload) {
  send(header, payload);
  return receive();
}

const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 193 + 87) & 255));

const DEEDS = {
  noise: () => write(NOISE),
  hugeHeader: () => sendRaw(NOISE, undefined, [0xffffffff, 0]),
  hugePayload: () => sendRaw(Buffer.from('["write",1,0]'), undefined, [13, 0xffffffff]),
  emptyHeader: () => sendRaw(Buffer.alloc(0), NOISE),
  noJson: () => send("{nonsense"),
  deepJson: () => send("[".repeat(5_000_000)),
  noArray: () => send({ 0: "stat" }),
  oddOutput: () => send(["out", 7], NOISE),
  endlessOutput: () => {
    for (;;) send(["out", 1], NOISE);
  },
  flood: () => {
    for (;;) send(["list", "/"]);
  },
  callAfterDone: () => {
    send(["done", {}]);
    for (;;) send(["stat", "/"]);
  },
  halfAFrame: () => {
    sendRaw(Buffer.from('["st'), undefined, [100, 0]);
    process.exit(0);
  },
  // What is wrong, but is said as it should be, is answered.
  oddCalls: () => {
    const answers = [
      ["__proto__", "constructor"],
      ["constructor"],
      ["call", "__proto__", [], {}],
      ["call", "constructor", ["return process"], {}],
      ["call", "hasOwnProperty", ["x"]],
      ["stat"],
      ["stat", 7],
      ["stat", "/../../etc/passwd"],
      ["stat", "/a\0b"],
      ["open", "/f", 0o2 | 0o1000],
      ["open", "/f", "r"],
      ["read", 99, 0, 10],
      ["read", { valueOf: 1 }, 0, 10],
      ["write", "__proto__", 0],
      ["close", 99],
      ["lock", 99, "write", 0, 10],
      ["mkdir", "/d", null],
      ["utimes", "/f", "x", "y"],
      ["symlink", "/l"],
      ["chmod", "/f", -1],
    ].map((header) => call(header).slice(0, 2));
    const [, [id]] = call(["create", "/f", 2, 0o644]);
    for (const header of [
      ["read", id, -1, 10],
      ["read", id, 0, -5],
      ["read", id, 0.5, 10],
      ["read", id, 0, 1e15],
      ["write", id, -1],
      ["write", id, 1.5],
      ["write", id, "start"],
      ["ftruncate", id, -1],
      ["lock", id, "both", 0, 1],
      ["lock", id, "read", 1e300, -1e300],
    ])
      answers.push(call(header, Buffer.from("x")).slice(0, 2));
    send(["done", { value: answers }]);
  },
  surroundings: () => {
    const scopes = ["fs.read", "fs.write", "child", "worker", "addon", "wasi", "net", "inspector"];
    // A Node that does not know a scope has none of that kind to give.
    const has = (scope) => {
      try {
        return process.permission.has(scope);
      } catch {
        return false;
      }
    };
    const may = process.permission === undefined ? ["everything"] : scopes.filter(has);
    // The control file and the prepared memory.
    const writable = [4, 5].filter((fd) => {
      try {
        return writeSync(fd, "x") > 0;
      } catch {
        return false;
      }
    });
    send([
      "done",
      {
        value: {
          writable,
          env: Object.keys(process.env),
          cwd: process.cwd(),
          args: process.argv.slice(2),
          may,
        },
      },
    ]);
  },
  oddOutcome: () =>
    send([
      "done",
      { value: 1, repr: 7, error: { type: {}, line: "x" }, interrupted: "nonsense", truncated: 2 },
    ]),
};

const [, { callbacks }] = receive();
send(["ready"]);
for (;;) {
  receive();
  DEEDS[callbacks[0]]();
}
