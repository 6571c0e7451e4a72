/**
 * Ways out of the interpreter. Each tries to read a planted file of the host, or to make the host do something that
 * can be seen: `SECRET`, `MARKER` and `PORT` stand for the file, for one that it may make, and for a listening socket.
 */
export interface Attack {
  readonly name: string;
  readonly code: string;
  /** Why it does not even succeed where nothing stands in its way; absent when it does. */
  readonly harmless?: string;
}

export const READ_JS = `(globalThis.process ?? this.process).getBuiltinModule('fs').readFileSync('SECRET', 'utf8')`;

export const ATTACKS: readonly Attack[] = [
  {
    name: "import js: the host's fs module",
    code: `import js; print(js.process.getBuiltinModule('fs').readFileSync('SECRET', 'utf8'))`,
  },
  {
    name: "import js: a child process",
    code: `import js; js.process.getBuiltinModule('child_process').execSync('cat SECRET > MARKER')`,
  },
  {
    name: "import js: the environment",
    code: `import js; print(js.process.env.SENTINEL)`,
  },
  {
    name: "import js: a request",
    code: `import js; js.fetch('http://127.0.0.1:PORT/'); print('asked')`,
  },
  { name: "js.eval", code: `import js; print(js.eval("${READ_JS}"))` },
  { name: "pyodide.code.run_js", code: `from pyodide.code import run_js; print(run_js("${READ_JS}"))` },
  {
    name: "run_js with a dynamic import",
    code: `from pyodide.code import run_js; run_js("import('node:fs').then((fs) => fs.writeFileSync('MARKER', 'x'))"); print('asked')`,
  },
  {
    name: "pyodide_js: mounting the host's root",
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
    code: `
import pyodide_js as p
p.FS.mkdir('/hostroot2')
p.FS.mount(p.FS.filesystems.NODEFS, p.toPy.constructor.constructor('return {root: "/"}')(), '/hostroot2')
print(open('/hostroot2SECRET').read())`,
  },
  {
    name: "a proxy's constructor",
    code: `import pyodide_js as p; print(p.toPy.constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the constructor of a converted list",
    code: `from pyodide.ffi import to_js; print(to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "process.binding by a constructor",
    code: `
from pyodide.ffi import to_js
f = to_js([1]).constructor.constructor("return process.binding('spawn_sync') ? process.getBuiltinModule('child_process').execFileSync('cat', ['SECRET']).toString() : ''")
print(f())`,
  },
  {
    name: "every name of the global object, by a constructor",
    code: `from pyodide.ffi import to_js; print(to_js([1]).constructor.constructor("return globalThis.process.env.SENTINEL")())`,
  },
  { name: "os.system", code: `import os; print(os.system('cat SECRET > MARKER'))` },
  {
    name: "ctypes: system",
    code: `import ctypes; print(ctypes.CDLL(None).system(b'cat SECRET > MARKER'))`,
  },
  {
    name: "ctypes: emscripten_run_script_string",
    code: `
import ctypes
f = ctypes.CDLL(None).emscripten_run_script_string
f.argtypes = [ctypes.c_char_p]; f.restype = ctypes.c_char_p
print(f(b"${READ_JS}"))`,
  },
  {
    name: "ctypes: emscripten_run_script_int",
    code: `
import ctypes
f = ctypes.CDLL(None).emscripten_run_script_int
f.argtypes = [ctypes.c_char_p]; f.restype = ctypes.c_int
print(f(b"process.getBuiltinModule('fs').writeFileSync('MARKER', 'x')"))`,
  },
  {
    name: "subprocess",
    code: `import subprocess; print(subprocess.run(['cat', 'SECRET'], capture_output=True).stdout)`,
    harmless: "Emscripten has no processes",
  },
  {
    name: "os.posix_spawn and os.fork",
    code: `
import os
for action in (lambda: os.posix_spawn('/bin/cat', ['cat', 'SECRET'], {}), lambda: os.fork(), lambda: os.execv('/bin/cat', ['cat', 'SECRET'])):
    try: print(action())
    except (OSError, AttributeError) as error: print(error)`,
    harmless: "Emscripten has no processes",
  },
  {
    name: "a socket",
    code: `
import socket
s = socket.create_connection(('127.0.0.1', PORT), timeout=1)
s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(s.recv(100))`,
  },
  {
    name: "urllib",
    code: `import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:PORT/', timeout=1).read())`,
  },
  {
    name: "plain paths of the host",
    code: `
import os
for path in ('SECRET', '/proc/self/environ', '/proc/self/cwd/SECRET', '/proc/1/root/SECRET', '/dev/fd/5', '/etc/passwd', '/../SECRET', '/data/../../SECRET'):
    try: print(open(path, 'rb').read())
    except OSError as error: print(error)`,
    harmless: "the interpreter has a file tree of its own",
  },
  {
    name: "inherited descriptors",
    code: `
import os
for fd in range(3, 20):
    try: print(fd, os.fstat(fd), os.pread(fd, 100, 0))
    except OSError as error: print(fd, error)`,
    harmless: "descriptors are numbers of the interpreter's own table",
  },
  {
    name: "os.environ",
    code: `import os; print(sorted(os.environ.items()))`,
    harmless: "the interpreter's environment is not that of the process",
  },
  {
    name: "signals to the host",
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
    code: `
import _imp, importlib.machinery
core = _imp.create_builtin(importlib.machinery.ModuleSpec('_pyodide_core', None))
_imp.exec_builtin(core)
for name in dir(core): print(name, type(getattr(core, name)).__name__)
print(core.to_js([1]).constructor.constructor("return ${READ_JS}")())`,
  },
  {
    name: "the hidden modules, imported again",
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
    code: `
import ctypes
printed = 0
for index in range(1, 6000, 7):
    try: ctypes.CFUNCTYPE(ctypes.c_int)(index)()
    except Exception as error: printed += 1
print(printed)`,
    harmless: "most of them trap at once; what the others do is nobody's plan",
  },
  {
    name: "the driver's own device",
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
