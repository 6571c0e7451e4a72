import type { Attack } from "./attack.ts";

export const READ_JS = `(globalThis.process ?? this.process).getBuiltinModule('fs').readFileSync('SECRET', 'utf8')`;

/** Ways out by the doors that Python and its library have. */
export const PYTHON_ATTACKS: readonly Attack[] = [
  {
    name: "import js: the host's fs module",
    group: "bridge",
    guard: "hidden bridge",
    code: `import js; print(js.process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8'))`,
  },
  {
    name: "import js: a child process",
    group: "bridge",
    guard: "hidden bridge",
    code: `import js; js.process.getBuiltinModule('child_process').execSync('cat SECRET > MARKER')`,
  },
  {
    name: "import js: the environment",
    group: "bridge",
    guard: "hidden bridge",
    code: `import js; print(js.process.env.SENTINEL)`,
  },
  {
    name: "import js: a request",
    group: "bridge",
    guard: "hidden bridge",
    code: `import js; js.fetch('http://127.0.0.1:PORT/'); print('asked')`,
  },
  {
    name: "js.eval",
    group: "bridge",
    guard: "hidden bridge",
    code: `import js; print(js.eval("${READ_JS}"))`,
  },
  {
    name: "pyodide.code.run_js",
    group: "bridge",
    guard: "hidden bridge",
    code: `from pyodide.code import run_js; print(run_js("${READ_JS}"))`,
  },
  {
    name: "run_js with a dynamic import",
    group: "bridge",
    guard: "hidden bridge",
    code: `from pyodide.code import run_js; run_js("import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'x'))"); print('asked')`,
  },
  {
    name: "pyodide_js: mounting the host's root",
    group: "bridge",
    guard: "hidden bridge",
    code: `
import pyodide_js as p
from pyodide.ffi import to_js
from js import Object
p.FS.mkdir('/hostroot')
p.FS.mount(p.FS.filesystems.NODEFS, Object.fromEntries(to_js([['root', '/']])), '/hostroot')
print(open('/hostrootSECRET').read())`,
  },
  {
    name: "mounting the host's root without the js module",
    group: "bridge",
    guard: "hidden bridge",
    code: `
import pyodide_js as p
p.FS.mkdir('/hostroot2')
p.FS.mount(p.FS.filesystems.NODEFS, p.toPy.constructor.constructor('return {root: "/"}')(), '/hostroot2')
print(open('/hostroot2SECRET').read())`,
  },
  {
    name: "a proxy's constructor",
    group: "bridge",
    guard: "hidden bridge",
    code: `import pyodide_js as p; print(p.toPy.constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the constructor of a converted list",
    group: "bridge",
    guard: "hidden bridge",
    code: `from pyodide.ffi import to_js; print(to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "process.binding by a constructor",
    group: "bridge",
    guard: "hidden bridge",
    code: `
from pyodide.ffi import to_js
f = to_js([1]).constructor.constructor("return process.binding('spawn_sync') ? process.getBuiltinModule('child_process').execFileSync('cat', ['SECRET']).toString() : ''")
print(f())`,
  },
  {
    name: "every name of the global object, by a constructor",
    group: "bridge",
    guard: "hidden bridge",
    code: `from pyodide.ffi import to_js; print(to_js([1]).constructor.constructor("return globalThis.process.env.SENTINEL")())`,
  },
  {
    name: "os.system",
    group: "system",
    guard: "seal: processes",
    code: `import os; print(os.system('cat SECRET > MARKER'))`,
  },
  {
    name: "ctypes: system",
    group: "calls",
    guard: "seal: processes",
    code: `import ctypes; print(ctypes.CDLL(None).system(b'cat SECRET > MARKER'))`,
  },
  {
    name: "ctypes: emscripten_run_script_string",
    group: "calls",
    guard: "seal",
    code: `
import ctypes
f = ctypes.CDLL(None).emscripten_run_script_string
f.argtypes = [ctypes.c_char_p]; f.restype = ctypes.c_char_p
print(f(b"${READ_JS}"))`,
  },
  {
    name: "ctypes: emscripten_run_script_int",
    group: "calls",
    guard: "seal",
    code: `
import ctypes
f = ctypes.CDLL(None).emscripten_run_script_int
f.argtypes = [ctypes.c_char_p]; f.restype = ctypes.c_int
print(f(b"process.getBuiltinModule('fs').writeFileSync('MARKER', 'x')"))`,
  },
  {
    name: "subprocess",
    group: "system",
    guard: undefined,
    code: `import subprocess; print(subprocess.run(['cat', 'SECRET'], capture_output=True).stdout)`,
    harmless: "Emscripten has no processes",
  },
  {
    name: "os.posix_spawn and os.fork",
    group: "system",
    guard: undefined,
    code: `
import os
for action in (lambda: os.posix_spawn('/bin/cat', ['cat', 'SECRET'], {}), lambda: os.fork(), lambda: os.execv('/bin/cat', ['cat', 'SECRET'])):
    try: print(action())
    except (OSError, AttributeError) as error: print(error)`,
    harmless: "Emscripten has no processes",
  },
  {
    name: "a socket",
    group: "network",
    guard: "seal: sockets",
    code: `
import socket
s = socket.create_connection(('127.0.0.1', PORT), timeout=1)
s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(s.recv(100))`,
  },
  {
    name: "urllib",
    group: "network",
    guard: "seal: sockets",
    code: `import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:PORT/', timeout=1).read())`,
  },
  {
    name: "plain paths of the host",
    group: "paths",
    guard: "own file tree",
    code: `
import os
for path in ('SECRET', '/proc/self/environ', '/proc/self/cwd/SECRET', '/proc/1/root/SECRET', '/dev/fd/5', '/etc/passwd', '/../SECRET', '/data/../../SECRET'):
    try: print(open(path, 'rb').read())
    except OSError as error: print(error)`,
    harmless: "the interpreter has a file tree of its own",
  },
  {
    name: "inherited descriptors",
    group: "descriptors",
    guard: undefined,
    code: `
import os
for fd in range(3, 20):
    try: print(fd, os.fstat(fd), os.pread(fd, 100, 0))
    except OSError as error: print(fd, error)`,
    harmless: "descriptors are numbers of the interpreter's own table",
  },
  {
    name: "os.environ",
    group: "proc",
    guard: undefined,
    code: `import os; print(sorted(os.environ.items()))`,
    harmless: "the interpreter's environment is not that of the process",
  },
  {
    name: "signals to the host",
    group: "proc",
    guard: undefined,
    code: `
import os, signal
for pid in (os.getpid(), os.getppid(), 1):
    try: os.kill(pid, 0)
    except (OSError, AttributeError) as error: print(error)
print(os.getppid())`,
    harmless: "Emscripten knows one process, itself",
  },
  {
    name: "proxies that the collector still holds",
    group: "collector",
    guard: "hidden bridge",
    code: `
import gc
def walk(t, seen):
    for s in type.__subclasses__(t):
        if s not in seen:
            seen.add(s); yield s; yield from walk(s, seen)
types = tuple(t for t in walk(object, set()) if 'Js' in t.__name__)
found = [o for o in gc.get_objects() if type(o) in types]
for module in list(__import__('sys').modules.values()):
    found += [v for v in getattr(module, '__dict__', {}).values() if type(v) in types]
print(len(types), len(found))
for proxy in found:
    try: print(proxy.constructor.constructor("return ${READ_JS}")())
    except Exception as error: print(type(error).__name__)`,
  },
  {
    name: "the bridge's module, made anew",
    group: "reload",
    guard: "seal",
    code: `
import _imp, importlib.machinery
core = _imp.create_builtin(importlib.machinery.ModuleSpec('_pyodide_core', None))
_imp.exec_builtin(core)
for name in dir(core): print(name, type(getattr(core, name)).__name__)
print(core.to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the hidden modules, imported again",
    group: "reload",
    guard: "hidden bridge",
    code: `
import importlib, sys
for name in [n for n, m in sys.modules.items() if m is None]: del sys.modules[name]
sys.path_importer_cache.clear()
importlib.invalidate_caches()
import _pyodide._importhook as hook
from pyodide.ffi import to_js
print(to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the import hook for js, put back",
    group: "reload",
    guard: undefined,
    code: `
import sys
for name in [n for n, m in sys.modules.items() if m is None]: del sys.modules[name]
import _pyodide._importhook as hook
import _pyodide_core
hook.register_js_finder()
import js
print(js.process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8'))`,
    harmless: "the finder needs the global object, which pyodide hands over only once",
  },
  {
    name: "calls of the function table, one after another",
    group: "calls",
    guard: undefined,
    code: `
import ctypes
printed = 0
for index in range(1, 6000, 7):
    try: ctypes.CFUNCTYPE(ctypes.c_int)(index)()
    except Exception as error: printed += 1
print(printed)`,
    harmless: "most of them trap at once; what the others do is nobody's plan",
    spoils: true,
  },
  {
    name: "the driver's own device",
    group: "frames",
    guard: undefined,
    code: `
import json, os
def ask(**request):
    fd = os.open('/run/host', os.O_RDWR)
    os.write(fd, json.dumps(request).encode())
    parts = b''
    while part := os.read(fd, 4096): parts += part
    os.close(fd); return json.loads(parts)
for request in ({'op': 'call', 'name': '__proto__', 'args': [], 'kwargs': {}}, {'op': 'call', 'name': 'constructor', 'args': ['return process'], 'kwargs': {}},
                {'op': 'read', 'path': 'SECRET'}, {'op': 'take'}, {'op': 'functions'}, {'op': 'done', 'outcome': {'value': 'forged'}}):
    try: print(ask(**request))
    except OSError as error: print(error)`,
    harmless: "there is no such device",
  },
];
