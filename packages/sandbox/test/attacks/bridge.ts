import type { Attack } from "./attack.ts";

// What follows gets to JavaScript as far as it gets at all, hidden or not, and goes on from there.
export const UNHIDE = `
import sys
for name in [n for n, m in sys.modules.items() if m is None]: del sys.modules[name]
from _pyodide_core import to_js, create_proxy, JsException`;

/** How all of those begin that get to JavaScript by a constructor, which every converted value leads to. */
export const BRIDGED: string = `${UNHIDE}\nprint(to_js([1]).constructor.constructor(`;

/** A body of JavaScript, run by that constructor. */
function bridged(body: string): string {
  return `${BRIDGED}${JSON.stringify(body)})())`;
}

const READ_JS = "process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8')";

function byBridge(name: string, code: string): Attack {
  return { name, group: "bridge", guard: "seal", code: `${UNHIDE}\n${code}` };
}

/** More ways from a value of Python to JavaScript. */
export const BRIDGE_ATTACKS: readonly Attack[] = [
  byBridge(
    "the constructor of converted bytes",
    `print(to_js(b'x').constructor.constructor("return ${READ_JS}")())`,
  ),
  byBridge(
    "the constructor of a converted dict",
    `print(to_js({'a': 1}).constructor.constructor("return ${READ_JS}")())`,
  ),
  byBridge(
    "the constructor of a converted function",
    `print(to_js(create_proxy(len)).constructor.constructor("return ${READ_JS}")())`,
  ),
  byBridge(
    "a function that JavaScript calls back",
    `run = to_js([1]).constructor.constructor("f", "f(${READ_JS})")\nrun(lambda text: print(text))`,
  ),
  byBridge(
    "a method of a converted list that is given another one",
    `at = to_js([1]).map.constructor("return ${READ_JS}")\nprint(to_js([1]).map(at)[0])`,
  ),
  byBridge(
    "a key that JavaScript asks for",
    `make = to_js([1]).constructor.constructor("o", "return { get x() { return ${READ_JS} } }.x")\nprint(make(0))`,
  ),
  byBridge(
    "a thrown error's own constructor",
    `
try: to_js([1]).constructor.constructor("null.x")()
except JsException as error: print(error.constructor.constructor("return ${READ_JS}")())`,
  ),
  byBridge(
    "a generator of JavaScript",
    `print(list(to_js([1]).constructor.constructor("return (function* () { yield ${READ_JS} })()")()))`,
  ),
  byBridge(
    "a text that JavaScript makes of itself",
    `print(str(to_js([1]).constructor.constructor("return { toString() { return ${READ_JS} } }")()))`,
  ),
  {
    name: "a name that pickle looks up",
    group: "reload",
    guard: "seal",
    code: `${UNHIDE}
import pickle
to_js_again = pickle.loads(b'c_pyodide_core\\nto_js\\n.')
print(to_js_again([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the bridge's module, loaded a second time",
    group: "reload",
    guard: "seal",
    code: `${UNHIDE}
import importlib
del sys.modules['_pyodide_core']
print(importlib.import_module('_pyodide_core').to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "JavaScript's prototypes, on which its program relies",
    group: "prototypes",
    guard: "seal",
    code: `${UNHIDE}
f = to_js([1]).constructor.constructor("Object.prototype.polluted = ${READ_JS}; const got = ({}).polluted; delete Object.prototype.polluted; return got")
print(f())`,
  },
];

function byNode(name: string, body: string, more: Partial<Attack> = {}): Attack {
  return { name, group: "program", guard: "permission model", code: bridged(body), ...more };
}

const FS = "const fs = process.getBuiltinModule('fs');";
const CHILD = "const child = process.getBuiltinModule('child_process');";

/** What a program of Node can do, for those who get as far as its JavaScript. */
export const NODE_ATTACKS: readonly Attack[] = [
  byNode("a file of the host", `return ${READ_JS}`, { group: "paths" }),
  byNode("a path in bytes", `${FS} return fs.readFileSync(Buffer.from('SECRET')).toString()`, {
    group: "paths",
  }),
  byNode("a path as a URL", `${FS} return fs.readFileSync(new URL('file://SECRET')).toString()`, {
    group: "paths",
  }),
  byNode(
    "a descriptor of a file of the host",
    `${FS} const fd = fs.openSync('SECRET'); const b = Buffer.alloc(99); fs.readSync(fd, b); return b.toString()`,
    { group: "descriptors" },
  ),
  byNode(
    "a path from another folder",
    `${FS} process.chdir('/tmp'); const path = process.getBuiltinModule('path'); return fs.readFileSync(path.relative('/tmp', 'SECRET'), 'utf8')`,
    { group: "paths" },
  ),
  byNode(
    "a link to a file of the host",
    `${FS} fs.symlinkSync('SECRET', 'MARKER'); return fs.readFileSync('MARKER', 'utf8')`,
    { group: "paths" },
  ),
  byNode("another name for a file of the host", `${FS} fs.linkSync('SECRET', 'MARKER')`, { group: "paths" }),
  byNode("a copy of a file of the host", `${FS} fs.copyFileSync('SECRET', 'MARKER')`, { group: "paths" }),
  byNode("a new file", `${FS} fs.writeFileSync('MARKER', 'x')`, { group: "paths" }),
  byNode("a new folder", `${FS} fs.mkdirSync('MARKER')`, { group: "paths" }),
  byNode("more in a file of the host", `${FS} fs.appendFileSync('VICTIM', 'x')`, { group: "paths" }),
  byNode("less in a file of the host", `${FS} fs.truncateSync('VICTIM', 0)`, { group: "paths" }),
  byNode("one file of the host fewer", `${FS} fs.rmSync('VICTIM')`, { group: "paths" }),
  byNode("a file of the host under another name", `${FS} fs.renameSync('VICTIM', 'MARKER')`, {
    group: "paths",
  }),
  byNode(
    "a script that is no script, and an error that shows it",
    "try { process.getBuiltinModule('module').createRequire('/')('SECRET') } catch (error) { return error.stack }",
  ),
  byNode(
    "a database",
    "const { DatabaseSync } = process.getBuiltinModule('node:sqlite'); new DatabaseSync('MARKER').exec('create table t(a)')",
    { guard: "no SQLite of Node" },
  ),
  byNode("a report on the process", "return process.report.writeReport('MARKER')"),
  byNode(
    "the process's own environment in /proc",
    `${FS} return fs.readFileSync('/proc/self/environ', 'utf8')`,
    {
      guard: "empty environment",
      group: "proc",
    },
  ),
  byNode(
    "the host's memory in /proc",
    `${FS} fs.openSync('/proc/' + process.ppid + '/mem', 'r+'); fs.writeFileSync('MARKER', 'x')`,
    {
      group: "proc",
    },
  ),
  byNode("the environment", "return JSON.stringify(process.env)", {
    guard: "empty environment",
    group: "proc",
  }),
  byNode("a shell", `${CHILD} return child.execSync('cat SECRET').toString()`, { group: "system" }),
  byNode("a program", `${CHILD} return child.spawnSync('cp', ['SECRET', 'MARKER']).status`, {
    group: "system",
  }),
  byNode(
    "a program that nobody waits for",
    `${CHILD} child.spawn('cp', ['SECRET', 'MARKER'], { detached: true, stdio: 'ignore' }).unref(); return 'begun'`,
    { group: "system" },
  ),
  byNode(
    "a Node without limits",
    `${CHILD} return child.execFileSync(process.execPath, ['-e', "process.stdout.write(require('fs').readFileSync('SECRET'))"], { env: {} }).toString()`,
    { group: "system" },
  ),
  byNode(
    "another program in place of this one",
    "process.execve('/bin/cp', ['cp', 'SECRET', 'MARKER'], {})",
    {
      group: "system",
      spoils: true,
    },
  ),
  byNode(
    "a thread",
    "const { Worker } = process.getBuiltinModule('worker_threads'); new Worker(`require('fs').copyFileSync('SECRET', 'MARKER')`, { eval: true }); return 'begun'",
  ),
  byNode(
    "WASI with the host's root",
    `const { WASI } = process.getBuiltinModule('wasi');
const wasi = new WASI({ version: 'preview1', preopens: { '/': '/' } });
const memory = new WebAssembly.Memory({ initial: 1 });
wasi.finalizeBindings({ exports: { memory } });
const bytes = Buffer.from(memory.buffer), view = new DataView(memory.buffer);
const length = bytes.write('SECRET'.slice(1), 1000);
wasi.wasiImport.path_open(3, 0, 1000, length, 0, 2n, 0n, 0, 8);
view.setUint32(16, 2000, true); view.setUint32(20, 99, true);
wasi.wasiImport.fd_read(view.getUint32(8, true), 16, 1, 24);
return bytes.toString('utf8', 2000, 2099)`,
  ),
  byNode("a signal to the host", "return process.kill(process.ppid, 'SIGUSR2')", {
    group: "proc",
    guard: "seal",
  }),
];
