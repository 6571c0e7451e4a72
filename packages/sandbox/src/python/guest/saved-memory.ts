/**
 * The interpreter's side of checkpoints: the names that code has defined, as far as they can be pickled. Modules are saved
 * by their names, functions of the session as compiled code; what cannot be saved is told.
 */
export const SAVED_MEMORY: string = String.raw`
def _vfs_saved_memory(ask, names, actions, failure, functions):
    import base64, builtins, importlib, io, marshal, pickle, sys, types

    MAGIC = b'vfs-memory-1:' + sys.version.encode() + b'\n'
    PIECE = 384 << 10
    FunctionType, ModuleType = types.FunctionType, types.ModuleType
    HIDDEN = frozenset(('__name__', '__doc__', '__package__', '__loader__', '__spec__', '__builtins__', '__annotations__', '__conditional_annotations__'))

    class Unsaved(Exception):
        """What cannot be saved, and why."""

    def make_function(code, name, qualname, defaults, kwdefaults, doc, values):
        cells = tuple(types.CellType(value) for value in values)
        function = FunctionType(marshal.loads(code), names, name, defaults, cells)
        function.__kwdefaults__, function.__qualname__, function.__doc__ = kwdefaults, qualname, doc
        return function

    def host_function(name):
        return functions[name]

    class Pickler(pickle.Pickler):
        def reducer_override(self, value):
            kind = type(value)
            if kind is FunctionType and value.__module__ == '__main__':
                known = next((name for name, one in functions.items() if one is value), None)
                if known is not None:
                    return host_function, (known,)
                values = tuple(cell.cell_contents for cell in value.__closure__ or ())
                if any(one is value for one in values):
                    raise Unsaved('a function that has itself in its closure')
                return make_function, (
                    marshal.dumps(value.__code__), value.__name__, value.__qualname__,
                    value.__defaults__, value.__kwdefaults__, value.__doc__, values,
                ), value.__dict__ or None
            if isinstance(value, ModuleType):
                if sys.modules.get(value.__name__) is not value:
                    raise Unsaved('a module that cannot be imported')
                return importlib.import_module, (value.__name__,)
            if isinstance(value, type) and value.__module__ == '__main__':
                raise Unsaved(f'the class {value.__qualname__} is defined in the session')
            return NotImplemented

    # Found again by their names, where it is read.
    made = types.ModuleType('_vfs_saved_memory')
    made.make_function, made.host_function = make_function, host_function
    for one in (make_function, host_function):
        one.__module__, one.__qualname__ = made.__name__, one.__name__
    sys.modules[made.__name__] = made

    def pickled(value):
        out = io.BytesIO()
        Pickler(out, pickle.HIGHEST_PROTOCOL).dump(value)
        return out.getvalue()

    def checkpoint(request):
        left, kept = [], {}
        for name, value in list(names.items()):
            if name in HIDDEN or functions.get(name, names) is value:
                continue
            try:
                pickled(value)
                kept[name] = value
            except Exception as error:
                reason = str(error) if isinstance(error, (Unsaved, pickle.PicklingError, TypeError)) else repr(error)
                left.append({'name': name, 'type': type(value).__name__, 'reason': reason[:200]})
        # Together, so that what is one thing stays one.
        saved = MAGIC + pickled(kept)
        for at in range(0, len(saved), PIECE):
            told = ask(op='save', base64=base64.b64encode(saved[at:at + PIECE]).decode())
            if 'error' in told:
                raise MemoryError(told['error'])
        return {'leftOut': left}

    def restore(request):
        parts, size = [], 0
        while part := base64.b64decode(ask(op='load', offset=size)['base64']):
            parts.append(part)
            size += len(part)
        saved = b''.join(parts)
        if not saved.startswith(MAGIC):
            raise ValueError('this is no checkpoint of this version of Python')
        kept = pickle.loads(saved[len(MAGIC):])
        names.update(kept)
        return {}

    def told(action):
        def do(request):
            try:
                return action(request)
            except Exception as error:
                return {'error': failure(error, '<checkpoint>')}
        return do

    actions['checkpoint'], actions['restore'] = told(checkpoint), told(restore)

_vfs_saved_memory(_vfs.ask, _vfs.names, _vfs.actions, _vfs.failure, _vfs.functions)
del _vfs_saved_memory
`;
