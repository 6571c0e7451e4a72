import type { Attack } from "./attack.ts";

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
