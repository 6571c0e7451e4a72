import type { Attack } from "./attack.ts";

const READ_JS = `(globalThis.process ?? this.process).getBuiltinModule('fs').readFileSync('SECRET', 'utf8')`;

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
    guard: "seal",
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
    guard: "seal",
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

const TABLE = `
import ctypes
system = ctypes.cast(ctypes.CDLL(None).system, ctypes.c_void_p).value`;

const HOST = "('127.0.0.1', PORT)";

/** More of them: calls by address, and the library's ways to the network. */
export const MORE_PYTHON_ATTACKS: readonly Attack[] = [
  {
    name: "a function of the table, by its number",
    group: "calls",
    guard: "seal: processes",
    code: `${TABLE}\nprint(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)(system)(b'cat SECRET > MARKER'))`,
  },
  {
    name: "a function that the loader finds",
    group: "calls",
    guard: "seal: processes",
    code: "import _ctypes, ctypes\nat = _ctypes.dlsym(_ctypes.dlopen(None, 0), 'system')\nprint(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)(at)(b'cat SECRET > MARKER'))",
  },
  {
    name: "ctypes.pythonapi",
    group: "calls",
    guard: "seal: processes",
    code: "import ctypes\nprint(ctypes.pythonapi.system(b'cat SECRET > MARKER'))",
  },
  {
    name: "C's own table of functions of Python",
    group: "calls",
    guard: "seal: processes",
    code: `
import ctypes, posix
class Method(ctypes.Structure): _fields_ = [('name', ctypes.c_char_p), ('call', ctypes.c_void_p), ('flags', ctypes.c_int)]
# Behind the head of the object of a built-in function stands where its method is described.
at = ctypes.c_uint32.from_address(id(posix.system) + object.__basicsize__).value
method = Method.from_address(at)
method.flags = 0x82
print(method.name, posix.system(command='cat SECRET > MARKER'))`,
  },
  {
    name: "http.client",
    group: "network",
    guard: "seal: sockets",
    code: "import http.client\nc = http.client.HTTPConnection('127.0.0.1', PORT, timeout=1)\nc.request('GET', '/')\nprint(c.getresponse().read())",
  },
  {
    name: "a socket that does not wait",
    group: "network",
    guard: "seal: sockets",
    code: `import socket\ns = socket.socket()\ns.setblocking(False)\nprint(s.connect_ex(${HOST}))`,
  },
  {
    name: "the module below socket",
    group: "network",
    guard: "seal: sockets",
    code: `import _socket\ns = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)\nprint(s.connect_ex(${HOST}))`,
  },
  {
    name: "mail",
    group: "network",
    guard: "seal: sockets",
    code: "import smtplib\nprint(smtplib.SMTP('127.0.0.1', PORT, timeout=1))",
  },
  {
    name: "ftp",
    group: "network",
    guard: "seal: sockets",
    code: "import ftplib\nf = ftplib.FTP()\nprint(f.connect('127.0.0.1', PORT, timeout=1))",
  },
  {
    name: "calls of another host's functions",
    group: "network",
    guard: "seal: sockets",
    code: "import xmlrpc.client\nprint(xmlrpc.client.ServerProxy('http://127.0.0.1:PORT/').look())",
  },
  {
    name: "a log that is sent away",
    group: "network",
    guard: "seal: sockets",
    code: "import logging, logging.handlers\nhandler = logging.handlers.SocketHandler('127.0.0.1', PORT)\nhandler.emit(logging.makeLogRecord({'msg': 'x'}))\nprint(handler.sock)",
  },
  {
    name: "names of hosts",
    group: "network",
    guard: undefined,
    code: "import socket\nfor ask in (lambda: socket.getaddrinfo('localhost', 80), lambda: socket.gethostbyname('example.com'), lambda: socket.gethostbyaddr('127.0.0.1')):\n  try: print(ask())\n  except OSError as error: print(error)",
    harmless: "Emscripten makes addresses up, and asks nobody",
  },
  {
    name: "links out of the mount",
    group: "paths",
    guard: "own file tree",
    code: "import os\nfor target in ('SECRET', '../../../../../SECRET', '/data/../SECRET'):\n  try:\n    os.symlink(target, '/tmp/out'); print(open('/tmp/out').read())\n  except OSError as error: print(error)\n  finally: os.unlink('/tmp/out')",
    harmless: "a link leads to a file of the interpreter's own tree",
  },
  {
    name: "a link that is exchanged while it is followed",
    group: "paths",
    guard: "own file tree",
    code: "import os\nos.makedirs('/tmp/race', exist_ok=True)\nopen('/tmp/race/fine', 'w').close()\nfor i in range(300):\n  try: os.unlink('/tmp/race/l')\n  except OSError: pass\n  os.symlink('fine' if i % 2 else 'SECRET', '/tmp/race/l')\n  try: print(end=open('/tmp/race/l').read())\n  except OSError: pass",
    harmless: "a link leads to a file of the interpreter's own tree",
  },
  {
    name: "a folder's descriptor and what is above it",
    group: "descriptors",
    guard: "own file tree",
    code: "import os\nfd = os.open('/', os.O_RDONLY)\nos.fchdir(fd)\nfor path in ('.SECRET', '..SECRET', '../..SECRET'):\n  try: print(open(path).read())\n  except OSError as error: print(error)\nos.chdir('/tmp')",
    harmless: "above the interpreter's root there is nothing",
  },
  {
    name: "a database that is attached",
    group: "paths",
    guard: "own file tree",
    code: "import sqlite3, zipfile, os\ntry: sqlite3.connect('file:SECRET?mode=ro', uri=True).execute('select * from sqlite_master')\nexcept sqlite3.Error as error: print(error)\nfor name in os.listdir(os.path.dirname('SECRET') or '/'): print(open(os.path.join(os.path.dirname('SECRET'), name)).read())",
    harmless: "a database is a file of the interpreter's own tree",
  },
];

function poison(name: string, code: string, victim: string): Attack {
  return { name, group: "poison", guard: "own process", code, victim };
}

/** What somebody else is to find in an interpreter. */
export const POISON_ATTACKS: readonly Attack[] = [
  poison(
    "a built-in function",
    "import builtins\nbuiltins.poisoned = 'POISON'",
    "print(getattr(__import__('builtins'), 'poisoned', ''))",
  ),
  poison(
    "a function of the library",
    "import json\njson.loads = lambda text: 'POISON'",
    "import json\nprint(json.loads('1'))",
  ),
  poison(
    "a module among those that are loaded",
    "import sys, types\nsys.modules['antigravity'] = types.SimpleNamespace(fly='POISON')",
    "import sys\nprint(getattr(sys.modules.get('antigravity'), 'fly', ''))",
  ),
  poison(
    "a module in the library's folder",
    "import site, os\npath = site.getsitepackages()[0]\nos.makedirs(path, exist_ok=True)\nopen(path + '/poisoned_of_it.py', 'w').write(\"print('POISON')\")",
    "import importlib, site, sys\nsys.path += [p for p in site.getsitepackages() if p not in sys.path]\nimportlib.invalidate_caches()\ntry: import poisoned_of_it\nexcept ImportError as error: print(error)",
  ),
  poison(
    "an environment variable",
    "import os\nos.environ['LEFT_BEHIND'] = 'POISON'",
    "import os\nprint(os.environ.get('LEFT_BEHIND'))",
  ),
  poison(
    "a temporary file",
    "open('/tmp/poisoned', 'w').write('POISON')",
    "try: print(open('/tmp/poisoned').read())\nexcept OSError as error: print(error)",
  ),
  poison(
    "the type of all texts",
    "import gc\ngc.get_referents(str.__dict__)[0]['poisoned'] = 'POISON'\n''.lower()",
    "print(str.__dict__.get('poisoned'))",
  ),
  poison(
    "a hook that hears of everything",
    "import sys\nsys.addaudithook(lambda event, args: event == 'looks.for.it' and print('POISON'))",
    "import sys\nsys.audit('looks.for.it')",
  ),
  poison(
    "a place where modules are looked for",
    "import sys, importlib.util, types\nclass Finder:\n  @staticmethod\n  def find_spec(name, path=None, target=None):\n    if name == 'nowhere_of_it': print('POISON')\nsys.meta_path.append(Finder)",
    "try: import nowhere_of_it\nexcept ImportError as error: print(error)",
  ),
  poison(
    "the folder that it works in",
    "import os\nos.makedirs('/tmp/POISON', exist_ok=True)\nos.chdir('/tmp/POISON')",
    "import os\nprint(os.getcwd())",
  ),
];
