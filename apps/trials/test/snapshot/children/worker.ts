import { flushCompileCache } from "node:module";
import { createVfs } from "@vfs/core";
import { snapshots } from "@vfs/snapshot";
import { STORES } from "../stores.ts";

// `worker.ts STORE FOLDER ACTION`: does one thing over and over, until it is killed. Says when it begins and ends each.
const [store = "", folder = "", action = ""] = process.argv.slice(2);
const make = STORES[store];
if (make === undefined) throw new Error(`no store ${store}`);
const vfs = createVfs(make(folder));
const states = snapshots(vfs, { leaseMs: 300 });
// Who is killed leaves no compiled code for the next one, unless it does so now.
flushCompileCache();
console.log("ready");
for (let round = 0; ; round++) {
  const name = `${action}-${process.pid}-${round}`;
  if (action === "create") {
    await vfs.writeFile(`/d${round % 5}/grown`, `${name}\n`.repeat(200));
    await states.create(name);
  } else if (action === "restore") await states.restore(round % 2 === 0 ? "one" : "two");
  else {
    await vfs.writeFile("/grown", `${name}\n`.repeat(200));
    await states.create(name);
    await states.prune({ keep: 1 });
  }
  console.log(name);
}
