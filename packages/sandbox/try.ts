import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { readFileSync } from "node:fs";
import { createSession, python } from "./src/index.ts";
const vfs = createVfs(memory());
for (const engine of [python({ wheels: "/tmp/tinypkg-1.0-py3-none-any.whl" }), python({ mountedWheels: "/data/wheels" })]) {
const s = await createSession({ vfs, engine }).catch(e => console.log(e));
await vfs.mkdir("/wheels", {recursive:true}); await vfs.writeFile("/wheels/tinypkg-1.0-py3-none-any.whl", readFileSync("/tmp/tinypkg-1.0-py3-none-any.whl"));
if (!s) continue;
const x = async (code: string, o = {}) => { const before = s.stats.fileOperations; const r = await s.execute(code, o); console.log(JSON.stringify(code).slice(0, 70), r.error?.traceback ?? r.error ?? [r.value, r.repr, r.stdout], s.stats.fileOperations - before); return r; };
await x("import tinypkg, extra_mod, importlib.metadata as m, os; tinypkg.VALUE, extra_mod.X, m.version('tinypkg'), os.listdir('/tmp')");
await s.close(); }
await vfs.close();
