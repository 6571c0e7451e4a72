/** Where the interpreter's side finds the guest program. */
export const DEVICE_PATH = "/run/host";

/** What tracebacks call the interpreter's side. */
export const DRIVER_FILE = "<session>";

/** The call that runs the next piece of code. */
export const STEP = "__vfs_step__()";

/**
 * The interpreter's side of a session: takes a piece of code, runs it in a namespace that lasts, and tells what came
 * of it. It holds on to the functions that it uses, so that code that changes the standard library by accident does
 * not break its own session; what it means to protect is protected outside of the interpreter.
 */
export const DRIVER: string = String.raw`
def _vfs_boot(device):
    import ast, base64, builtins, inspect, io, json, linecache, os, random, sys, time, traceback, types

    os_read, os_write = os.read, os.write
    dumps, loads = json.dumps, json.loads
    exec_, compile_, repr_ = exec, compile, repr
    DRIVER_FILE = sys._getframe().f_code.co_filename
    MOST_REPR = 65536
    MOST_JSON = 1 << 20
    MOST_INT = 2**53 - 1
    MOST_MIME = 4 << 20

    def ask(**request):
        os_write(device, dumps(request).encode())
        parts = []
        while part := os_read(device, 65536):
            parts.append(part)
        return loads(b''.join(parts))

    def sleep(seconds):
        """Suspends execution for a number of seconds."""
        if seconds != seconds:
            raise ValueError('Invalid value NaN (not a number)')
        if seconds < 0:
            raise ValueError('sleep length must be non-negative')
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ask(op='sleep', ms=min(left * 1000, 20))

    time.sleep = sleep

    def link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True):
        """Create a hard link to a file."""
        if src_dir_fd is not None or dst_dir_fd is not None:
            raise NotImplementedError('dir_fd unavailable on this platform')
        audit('os.link', src, dst, -1, -1)
        names = [abspath(fsdecode(name)) for name in (src, dst)]
        told = ask(op='link', **{'from': names[0], 'to': names[1]})
        if 'errno' in told:
            raise OSError(told['errno'], strerror(told['errno']), src, None, dst)

    audit, abspath, fsdecode, strerror = sys.audit, os.path.abspath, os.fsdecode, os.strerror
    os.link = link
    # Python looks for it when pathlib is loaded, which was before there was one.
    pathlib = sys.modules.get('pathlib')
    if pathlib is not None:
        def hardlink_to(self, target):
            """Make this path a hard link pointing to the same file as *target*."""
            os.link(target, self)
        pathlib.Path.hardlink_to = hardlink_to
    # Unbuffered: what is printed is there, in order, whatever happens next.
    for fd, name in ((1, 'stdout'), (2, 'stderr')):
        stream = io.TextIOWrapper(io.FileIO(fd, 'w', closefd=False), 'utf-8', 'backslashreplace' if fd == 2 else 'surrogateescape', write_through=True)
        stream.mode = 'w'
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)

    main = types.ModuleType('__main__')
    main.__builtins__ = builtins
    names = main.__dict__
    sys.modules['__main__'] = main

    count = 0
    environ, CO_COROUTINE = os.environ, inspect.CO_COROUTINE
    TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def is_json(value):
        """Whether JavaScript has the same value: it knows whole numbers up to 2**53, and texts as keys."""
        if isinstance(value, int):
            return -MOST_INT <= value <= MOST_INT
        if isinstance(value, dict):
            return all(isinstance(key, str) and is_json(item) for key, item in value.items())
        if isinstance(value, (list, tuple)):
            return all(is_json(item) for item in value)
        return value is None or isinstance(value, (str, float))

    def as_json(value):
        try:
            # An endless one is found out here, and a very large one before each part is looked at.
            text = dumps(value, allow_nan=False)
            if len(text) <= MOST_JSON and is_json(value):
                return {'value': loads(text)}
        except Exception:
            pass
        return {}

    # As notebooks have it: how a value shows itself, and by which method.
    SHOWN = (
        ('text/html', '_repr_html_'), ('text/markdown', '_repr_markdown_'), ('text/latex', '_repr_latex_'),
        ('image/svg+xml', '_repr_svg_'), ('application/json', '_repr_json_'), ('image/png', '_repr_png_'),
        ('image/jpeg', '_repr_jpeg_'), ('application/pdf', '_repr_pdf_'),
    )

    def shown(value, text):
        """How the value shows itself, by media type: texts, and bytes as base64."""
        kind, found, room = type(value), {}, MOST_MIME
        if kind.__module__ == 'builtins':
            return {}
        def show(method):
            if getattr(kind, method, None) is None:
                return None
            try:
                told = getattr(value, method)()
            except Exception:
                return None
            # Some tell how to show it beside what to show.
            return told[0] if isinstance(told, tuple) and told else told
        bundle = show('_repr_mimebundle_')
        given = dict(bundle) if isinstance(bundle, dict) else {}
        for mime, method in SHOWN:
            if mime not in given and (data := show(method)) is not None:
                given[mime] = data
        for mime, data in given.items():
            told = mime_data(mime, data) if isinstance(mime, str) else None
            size = 0 if told is None else len(told if isinstance(told, str) else told['base64'])
            if told is not None and size <= room:
                room -= size
                found[mime] = told
        if found:
            found.setdefault('text/plain', text)
        return {'mime': found} if found else {}

    def mime_data(mime, data):
        if isinstance(data, (bytes, bytearray, memoryview)):
            return {'base64': base64.b64encode(data).decode()}
        if mime.endswith('json') and not isinstance(data, str):
            try:
                return dumps(data, allow_nan=False)
            except Exception:
                return None
        if not isinstance(data, str):
            return None
        # Where bytes are meant a text is base64 already.
        binary = mime == 'application/pdf' or mime.startswith('image/') and not mime.endswith('xml')
        return {'base64': ''.join(data.split())} if binary else data

    def open_input():
        """Opens the standard input anew: what is left of the last piece's is not for this one."""
        own = sys.stdin is sys.__stdin__
        sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, 'r', closefd=False)), 'utf-8', 'surrogateescape')
        sys.__stdin__.mode = 'r'
        if own:
            sys.stdin = sys.__stdin__

    class Given:
        """What one piece of code is given beside its files: gone again behind it."""
        had_input = True
        def __init__(self, request):
            self.argv, self.env = request.get('argv'), request.get('env') or {}
            self.has_input = request.get('hasInput', False)
        def __enter__(self):
            self.before = sys.argv, {name: environ.get(name) for name in self.env}
            if self.has_input or Given.had_input:
                open_input()
            Given.had_input = self.has_input
            if self.argv is not None:
                sys.argv = list(self.argv)
            environ.update(self.env)
        def __exit__(self, *_):
            argv, env = self.before
            if self.argv is not None:
                sys.argv = argv
            for name, value in env.items():
                if value is not None:
                    environ[name] = value
                else:
                    environ.pop(name, None)

    def evaluate(code):
        """Runs compiled code; what awaits runs in an event loop of its own."""
        return eval(code, names)

    def run(request):
        with Given(request):
            return run_code(request['code'])

    async def run_awaiting(body, last):
        for part in (body, last):
            value = None if part is None else evaluate(part)
            if part is not None and part.co_flags & CO_COROUTINE:
                value = await value
        return value if last is not None else None

    def run_code(code):
        nonlocal count
        count += 1
        filename = f'<execute {count}>'
        # A traceback shows the lines of the code, as that of a file does.
        linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)
        try:
            tree = ast.parse(code, filename)
            last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            body = compile_(tree, filename, 'exec', TOP_LEVEL_AWAIT)
            last = last and compile_(last, filename, 'eval', TOP_LEVEL_AWAIT)
            if (body.co_flags | (last.co_flags if last else 0)) & CO_COROUTINE:
                import asyncio
                value = asyncio.run(run_awaiting(body, last))
            else:
                exec_(body, names)
                value = last and evaluate(last)
            if value is None:
                return {}
            text = repr_(value)
            text = text if len(text) <= MOST_REPR else text[:MOST_REPR] + '…'
            return {'repr': text, **as_json(value), **shown(value, text)}
        except SystemExit as stop:
            calm()
            if stop.code in (None, 0):
                return {}
            return {'error': failure(stop, filename)}
        except BaseException as error:
            calm()
            return {'error': failure(error, filename)}
        finally:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except BaseException:
                    pass

    def calm():
        try:
            ask(op='calm')
        except KeyboardInterrupt:
            # The next one is some time away.
            ask(op='calm')

    def failure(error, filename):
        # The first frames are those of this driver, and of what it calls to read the code.
        tb = error.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename != filename:
            tb = tb.tb_next
        told = {'type': type(error).__name__, 'message': message(error)}
        if isinstance(error, SyntaxError) and error.filename == filename:
            told['line'] = error.lineno
        else:
            lines = [line for frame, line in traceback.walk_tb(tb) if frame.f_code.co_filename == filename]
            if lines:
                told['line'] = lines[-1]
        try:
            shown = traceback.TracebackException(type(error), error, tb)
            hide_driver(shown)
            told['traceback'] = ''.join(shown.format())
        except Exception:
            told['traceback'] = f"{told['type']}: {told['message']}\n"
        return told

    def interrupted(error):
        """What is told when an interrupt has come while this driver was about to tell what the code did."""
        try:
            calm()
            filename = f'<execute {count}>'
            one = error
            while 'line' not in (told := failure(one, filename)) and one.__context__ is not None:
                one = one.__context__
            return {**told, 'type': type(error).__name__}
        except BaseException:
            return {'type': type(error).__name__, 'message': 'the session could not tell what happened', 'traceback': ''}

    def message(error):
        try:
            return str(error)
        except BaseException:
            return '<exception str() failed>'

    def hide_driver(shown):
        """Takes this driver's frames out of a traceback, and out of those that it tells of."""
        waiting = [shown]
        while waiting:
            one = waiting.pop()
            one.stack[:] = [frame for frame in one.stack if frame.filename != DRIVER_FILE]
            waiting += filter(None, (one.__cause__, one.__context__, *(one.exceptions or ())))

    def look_for_modules_again():
        """Python finds new modules by the time of their folder, which not every store has."""
        for finder in sys.path_importer_cache.values():
            if type(finder) is FileFinder:
                finder.invalidate_caches()

    FileFinder = sys.modules['importlib._bootstrap_external'].FileFinder if 'importlib._bootstrap_external' in sys.modules else sys.modules['_frozen_importlib_external'].FileFinder
    actions = {'run': run}
    # What is to be done before each piece of code.
    starting = [look_for_modules_again]

    def step():
        try:
            request = ask(op='take')
            for begin in starting:
                begin()
            outcome = actions[request['what']](request)
        except BaseException as error:
            outcome = {'error': interrupted(error)}
        ask(op='done', outcome=outcome)

    builtins.__vfs_step__ = step

    # Every session begins from the same prepared memory: what must differ from one to the next is made anew.
    random.seed()
    tempfile = sys.modules.get('tempfile')
    if tempfile is not None:
        tempfile._name_sequence = None
    # Honest code does not find the bridge to JavaScript; that others do not get through it, others see to.
    for name in list(sys.modules):
        if name in ('js', '_pyodide_core') or name.split('.')[0] in ('pyodide', '_pyodide', 'pyodide_js'):
            sys.modules[name] = None
    sys.meta_path[:] = [f for f in sys.meta_path if not type(f).__module__.startswith(('_pyodide', 'pyodide'))]

    return types.SimpleNamespace(ask=ask, names=names, actions=actions, starting=starting, failure=failure)

_vfs = _vfs_boot(_vfs_device)
del _vfs_boot
`;
