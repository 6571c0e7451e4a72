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
def _vfs_boot():
    import ast, builtins, io, json, linecache, os, random, sys, time, traceback, types

    os_read, os_write = os.read, os.write
    dumps, loads = json.dumps, json.loads
    exec_, compile_, repr_ = exec, compile, repr
    DRIVER_FILE = sys._getframe().f_code.co_filename
    MOST_REPR = 65536
    MOST_JSON = 1 << 20
    MOST_INT = 2**53 - 1

    def ask(**request):
        os_write(DEVICE_FD, dumps(request).encode())
        parts = []
        while part := os_read(DEVICE_FD, 65536):
            parts.append(part)
        return loads(b''.join(parts))

    class HostFunctionError(RuntimeError):
        """What a function of the host failed with."""

    def host_function(name):
        def function(*args, **kwargs):
            answer = ask(op='call', name=name, args=args, kwargs=kwargs)
            if 'error' in answer:
                raise HostFunctionError(answer['error'])
            return answer.get('value')
        function.__name__ = function.__qualname__ = name
        function.__doc__ = f'Calls {name} of the program that this session belongs to. Arguments and result are JSON.'
        return function

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
    # Unbuffered: what is printed is there, in order, whatever happens next.
    for fd, name in ((1, 'stdout'), (2, 'stderr')):
        stream = io.TextIOWrapper(io.FileIO(fd, 'w', closefd=False), 'utf-8', 'backslashreplace' if fd == 2 else 'surrogateescape', write_through=True)
        stream.mode = 'w'
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)

    main = types.ModuleType('__main__')
    main.__builtins__ = builtins
    names = main.__dict__
    for name in ask(op='functions'):
        names[name] = host_function(name)
    sys.modules['__main__'] = main

    count = 0

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

    def run(code):
        nonlocal count
        count += 1
        filename = f'<execute {count}>'
        # A traceback shows the lines of the code, as that of a file does.
        linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)
        try:
            tree = ast.parse(code, filename)
            last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec_(compile_(tree, filename, 'exec'), names)
            if last is None:
                return {}
            value = eval(compile_(last, filename, 'eval'), names)
            if value is None:
                return {}
            text = repr_(value)
            return {'repr': text if len(text) <= MOST_REPR else text[:MOST_REPR] + '…', **as_json(value)}
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

    def step():
        try:
            outcome = run(ask(op='take')['code'])
        except BaseException as error:
            outcome = {'error': {'type': type(error).__name__, 'message': 'the session could not tell what happened', 'traceback': ''}}
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

_vfs_boot()
del _vfs_boot
`;
