import type { Attack, Group, Guard } from "./attack.ts";

/** Those of one engine name the same guard: what would be in their way by itself. */
function guardedBy(
  guard: Guard,
  attacks: readonly (Omit<Attack, "guard" | "group"> & { readonly group: Group })[],
): readonly Attack[] {
  return attacks.map((attack) => ({ ...attack, guard: attack.harmless === undefined ? guard : undefined }));
}

// `SECRET`, `MARKER` and `PORT` as in `attack.ts`. What would succeed where nothing stands in its way is tried on plain
// Node, or on just-bash over the host's own files.

const READ = "readFileSync('SECRET', 'utf8')";

/** Ways out of JavaScript. */
export const JAVASCRIPT_ATTACKS: readonly Attack[] = guardedBy("QuickJS", [
  { name: "require of fs", group: "bridge", code: `console.log(require('fs').${READ})` },
  { name: "import of fs", group: "bridge", code: `console.log((await import('node:fs')).${READ})` },
  {
    name: "process.getBuiltinModule",
    group: "bridge",
    code: `console.log(process.getBuiltinModule('fs').${READ})`,
  },
  {
    name: "process.binding",
    group: "bridge",
    code: "console.log(String(process.binding('fs').readFileUtf8('SECRET', 0)))",
  },
  {
    name: "process.mainModule and module.constructor",
    group: "bridge",
    code: `console.log(module.constructor._load('fs').${READ})`,
  },
  {
    name: "require.cache and its parents",
    group: "reload",
    code: "for (const key of Object.keys(require.cache)) console.log(key); console.log(require('module')._load('fs').readFileSync('SECRET', 'utf8'))",
  },
  { name: "the environment", group: "proc", code: "console.log(JSON.stringify(process.env))" },
  {
    name: "a child process",
    group: "system",
    code: "require('child_process').execSync('cat SECRET > MARKER')",
  },
  {
    name: "a spawned process",
    group: "system",
    code: "(await import('node:child_process')).spawnSync('cp', ['SECRET', 'MARKER'])",
  },
  {
    name: "fetch",
    group: "network",
    code: "console.log(await (await fetch('http://127.0.0.1:PORT/')).text())",
  },
  {
    name: "a socket",
    group: "network",
    code: "await new Promise((done) => require('net').connect(PORT, '127.0.0.1').on('connect', done).on('data', done))",
  },
  {
    name: "http",
    group: "network",
    code: "await new Promise((done) => (require('http')).get('http://127.0.0.1:PORT/', done).on('error', done))",
  },
  {
    name: "a worker",
    group: "program",
    code: "await new Promise((done) => new (require('worker_threads').Worker)(`require('fs').copyFileSync('SECRET', 'MARKER')`, { eval: true }).on('exit', done))",
  },
  {
    name: "a constructor's constructor",
    group: "bridge",
    code: `console.log([].constructor.constructor("return process.getBuiltinModule('fs').${READ.replaceAll("'", "\\'").replaceAll("\\'", "`")}")())`,
  },
  {
    name: "the constructor of an async function",
    group: "bridge",
    code: "console.log(await (async () => {}).constructor(\"return (await import('node:fs')).readFileSync('SECRET', 'utf8')\")())",
  },
  {
    name: "the constructor of a function of the host",
    group: "bridge",
    code: "console.log(fs.readFileSync.constructor(\"return process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8')\")())",
  },
  {
    name: "an error's prepareStackTrace",
    group: "bridge",
    code: "Error.prepareStackTrace = (_, frames) => frames; const at = new Error().stack; for (const frame of at) { const f = frame.getFunction?.() ?? frame.getThis?.(); try { console.log(f.constructor('return process')().getBuiltinModule('fs').readFileSync('SECRET', 'utf8')) } catch {} } console.log(process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8'))",
  },
  {
    name: "vm",
    group: "program",
    code: "console.log(require('vm').runInThisContext(\"process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8')\"))",
  },
  {
    name: "globalThis, name by name",
    group: "bridge",
    code: "for (const name of Object.getOwnPropertyNames(globalThis)) try { console.log(globalThis[name].getBuiltinModule('fs').readFileSync('SECRET', 'utf8')) } catch {}",
  },
  {
    name: "paths out of the mount",
    group: "paths",
    code: "for (const path of ['SECRET', '../../../../../../../../SECRET', '/data/../SECRET', '/proc/self/environ', '/proc/self/root/SECRET', 'file://SECRET', '\\u002fSECRET']) try { console.log(fs.readFileSync(path, 'utf8')) } catch {}",
  },
  {
    name: "a link out of the mount",
    group: "paths",
    code: "try { fs.unlinkSync('out') } catch {} fs.symlinkSync('SECRET', 'out'); console.log(fs.readFileSync('out', 'utf8'))",
  },
  {
    name: "a module outside of the mount",
    group: "reload",
    code: "for (const load of [() => require('SECRET'), () => import('SECRET'), () => import('file://SECRET')]) try { await load() } catch (error) { console.log(error.stack) }; console.log(fs.readFileSync('SECRET', 'utf8'))",
  },
  {
    name: "a database file of the host",
    group: "descriptors",
    code: "const fd = fs.openSync('SECRET', 'r'); const b = Buffer.alloc(100); fs.readSync(fd, b); console.log(b.toString())",
  },
  {
    name: "inherited descriptors",
    group: "descriptors",
    code: "for (let fd = 3; fd < 30; fd++) try { const b = Buffer.alloc(64); fs.readSync(fd, b, 0, 64, 0); console.log(fd, b.toString('latin1')) } catch {}",
    harmless: "plain Node has none open that tell",
  },
  {
    name: "signals to the host",
    group: "proc",
    code: "try { process.kill(process.ppid, 0); fs.writeFileSync('MARKER', 'x') } catch (error) { console.log(error.message) }",
  },
  { name: "a write of what is not the code's", group: "paths", code: "fs.writeFileSync('MARKER', 'x')" },
  {
    name: "polluted prototypes",
    group: "prototypes",
    code: "for (const [key, value] of [['code', 'ENOENT'], ['ok', true], ['path', 'SECRET'], ['env', { SENTINEL: 1 }], ['toJSON', () => ['stat', 'SECRET']], ['then', undefined]]) Object.prototype[key] = value; Array.prototype.map = function () { return ['SECRET'] }; try { console.log(fs.readFileSync('none', 'utf8')) } catch (error) { console.log(String(error)) }",
    harmless: "they are the code's own",
    spoils: true,
  },
  {
    name: "a forged outcome and forged calls",
    group: "frames",
    code: "JSON.stringify = () => '{\"value\":\"forged\"}'; JSON.parse = () => ({ value: ['ask', 'SECRET'] }); Promise.prototype.then = function () { return this }; String.prototype.split = () => ['SECRET']; console.log(1)",
    harmless: "there is nobody to be forged against",
    spoils: true,
  },
  {
    name: "the functions of this package",
    group: "bridge",
    code: "for (const name of ['__host', '__session', '_default']) console.log(name, typeof globalThis[name]); for (const name of ['inside:host', 'inside:main', 'inside:../guest/machine']) try { console.log(Object.keys(await import(name))) } catch (error) { console.log(error.message) }",
    harmless: "Node has none of them",
  },
]);

/** Ways out of the shell. */
export const SHELL_ATTACKS: readonly Attack[] = guardedBy("live files", [
  { name: "cat", group: "paths", code: "cat SECRET" },
  { name: "a redirection", group: "paths", code: "read x < SECRET; echo $x" },
  { name: "a redirection into a file", group: "paths", code: "echo x > MARKER" },
  {
    name: "paths out of the mount",
    group: "paths",
    code: "cat /data/../SECRET ../../../../../../../../SECRET /proc/self/environ /proc/1/environ /proc/self/root/SECRET; true",
  },
  { name: "a pattern", group: "paths", code: "echo SECRET*; for f in SECRET*; do cat $f; done" },
  {
    name: "a link",
    group: "paths",
    code: "rm -f out /tmp/out; ln -s SECRET /tmp/out; ln -s SECRET out; cat out /tmp/out; rm -f out /tmp/out",
  },
  {
    name: "find, grep and tar",
    group: "paths",
    code: "grep -r planted $(dirname SECRET); find $(dirname SECRET) -type f | xargs cat; tar cf - $(dirname SECRET) | strings",
  },
  {
    name: "source",
    group: "program",
    code: "source SECRET; . SECRET; bash SECRET; sh < SECRET",
  },
  {
    name: "awk, sed and jq",
    group: "paths",
    code: "awk '{ print }' SECRET; sed -n p SECRET; jq -R . SECRET; sort SECRET; head SECRET; od -c SECRET | head",
  },
  {
    name: "the environment",
    group: "proc",
    code: "env; printenv SENTINEL; set; echo $SENTINEL; awk 'BEGIN { print ENVIRON[\"SENTINEL\"] }'; jq -n env",
    harmless: "just-bash has an environment of its own",
  },
  {
    name: "the network",
    group: "network",
    code: "curl http://127.0.0.1:PORT/; wget http://127.0.0.1:PORT/; exec 3<>/dev/tcp/127.0.0.1/PORT; echo x > /dev/tcp/127.0.0.1/PORT; nc 127.0.0.1 PORT",
    harmless: "just-bash has none unless it is given one",
  },
  {
    name: "python3 and os.system",
    group: "system",
    code: 'python3 -c \'import os\ntry: os.system("cat SECRET > MARKER")\nfinally: print(open("SECRET").read())\'; python3 SECRET',
    harmless: "just-bash's own python3 is sealed off too",
  },
  {
    name: "node and its modules",
    group: "bridge",
    code: 'node -e \'console.log(require("fs").readFileSync("SECRET", "utf8"))\'; node -p \'process.env.SENTINEL\'; node SECRET',
    harmless: "just-bash has no node",
  },
  {
    name: "names that JavaScript knows",
    group: "prototypes",
    code: "__proto__=1; constructor=2; declare -A m; m[__proto__]=SECRET; m[constructor]=x; echo ${m[__proto__]} ${constructor}; toString() { echo f; }; toString; export __proto__; env; jq -n '{__proto__: 1}.constructor'; awk 'BEGIN { a[\"__proto__\"] = 1; for (k in a) print k }'",
    harmless: "what they reach is the interpreter, which prints nothing of the host",
  },
  {
    name: "functions by their internal names",
    group: "frames",
    code: "__vfs_goes_on 0; __vfs_goes_on SECRET; command __vfs_goes_on; python3 -m runpy SECRET; js-exec -c 1; sqlite3 SECRET .dump",
    harmless: "they do nothing",
  },
]);
