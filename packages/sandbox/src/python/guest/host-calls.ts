/**
 * The interpreter's side of host functions: called as they are, they answer with a value; called while an event loop runs,
 * with something to be awaited, so that many can be under way at once.
 */
export const HOST_CALLS: string = String.raw`
def _vfs_host_calls(ask, names, starting):
    import asyncio, base64, builtins, inspect, json

    dumps, loads = json.dumps, json.loads
    running_loop = asyncio.events._get_running_loop
    BYTES = '~bytes'
    # So often a wait looks whether it is to end.
    PATIENCE_MS = 50
    # What awaits an answer, by the number of its call.
    pending = {}

    class HostFunctionError(RuntimeError):
        """What a function of the host failed with: name is the kind of error that it was there, code its code, if any."""
        name = code = None

    class HostCall(asyncio.Future):
        """A function of the host at work: await it, or call the function's own 'sync' for its value at once."""
        function = 'it'

    def not_awaited(self, *_):
        raise TypeError(f'{self.function} was not awaited: write "await {self.function}(...)" where an event loop runs, or "{self.function}.sync(...)"')

    # What is done to values, and never to what is still to come.
    for one in 'getitem setitem len contains add radd sub rsub mul rmul truediv mod neg int float index lt le gt ge call format'.split():
        setattr(HostCall, f'__{one}__', not_awaited)
    builtins.HostFunctionError = HostFunctionError
    HostFunctionError.__module__ = HostCall.__module__ = 'builtins'
    HostFunctionError.__qualname__, HostCall.__qualname__ = 'HostFunctionError', 'HostCall'

    def plain(value):
        """What JSON can say, with a place for bytes."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            return {BYTES: base64.b64encode(value).decode()}
        if isinstance(value, dict):
            return {f'~{key}' if isinstance(key, str) and key.startswith('~') else key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    def write(value):
        try:
            text = dumps(value, allow_nan=False)
            if '"~' not in text:
                return text
        except TypeError:
            pass
        return dumps(plain(value), allow_nan=False)

    def revive(found):
        if len(found) == 1 and isinstance(found.get(BYTES), str):
            return base64.b64decode(found[BYTES])
        return {key[1:] if key.startswith('~') else key: item for key, item in found.items()}

    def read(text):
        return loads(text, object_hook=revive if '"~' in text else None)

    def failure(outcome):
        error = HostFunctionError(outcome['error'])
        error.name, error.code = outcome.get('name'), outcome.get('code')
        return error

    def begin(name, args, kwargs, ms):
        return ask(op='call', name=name, args=write(args), kwargs=write(kwargs), ms=ms)['begun']

    def call(name, args, kwargs):
        number, outcome = begin(name, args, kwargs, PATIENCE_MS)
        while outcome is None:
            # An interrupt comes between two of these.
            for _, outcome in ask(op='wait', ms=PATIENCE_MS, id=number)['begun']:
                pass
        if 'error' in outcome:
            raise failure(outcome)
        return read(outcome['value'])

    def settle(future, outcome):
        if future.done():
            return
        if 'error' in outcome:
            future.set_exception(failure(outcome))
        else:
            future.set_result(read(outcome['value']))

    def call_later(loop, name, args, kwargs):
        number, outcome = begin(name, args, kwargs, 0)
        future = HostCall(loop=loop)
        future.function = name
        if outcome is None:
            pending[number] = future
        else:
            settle(future, outcome)
        return future

    def poll(seconds):
        """Waits for what is under way, if anything is. Answers whether something has come, None when nothing can."""
        if not pending:
            return None
        begun = ask(op='wait', ms=min(seconds * 1000, PATIENCE_MS))['begun']
        for number, outcome in begun:
            future = pending.pop(number, None)
            if future is not None:
                settle(future, outcome)
        return bool(begun)

    def signature_of(name, text):
        scope = {}
        try:
            exec(f'from typing import *\ndef {name}{text}: ...', scope)
            return inspect.signature(scope[name])
        except Exception as error:
            raise ValueError(f'the signature of {name} is not one of Python: {text}') from error

    def host_function(name, stub):
        signature = signature_of(name, stub['signature']) if stub.get('signature') else None
        def arguments(args, kwargs):
            if signature is None:
                return args, kwargs
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return bound.args, bound.kwargs
        def function(*args, **kwargs):
            args, kwargs = arguments(args, kwargs)
            loop = running_loop()
            return call(name, args, kwargs) if loop is None else call_later(loop, name, args, kwargs)
        def sync(*args, **kwargs):
            return call(name, *arguments(args, kwargs))
        function.sync = sync
        for one in (function, sync):
            one.__name__, one.__module__ = name, '__main__'
            one.__qualname__ = name if one is function else f'{name}.sync'
            if signature is not None:
                one.__signature__ = signature
        note = 'A function of the program that this session belongs to: arguments and result are JSON or bytes.'
        hint = f'Where an event loop runs it is awaited, "await {name}(...)"; {name}.sync(...) is not.'
        function.__doc__ = '\n\n'.join(filter(None, (stub.get('doc'), f'{note} {hint}')))
        sync.__doc__ = f'Calls {name} and waits for it, also where an event loop runs.'
        return function

    stubs = ask(op='functions')
    for name in stubs['names']:
        names[name] = host_function(name, stubs['stubs'].get(name, {}))
    starting.append(pending.clear)
    return poll, {name: names[name] for name in stubs['names']}

_vfs.poll, _vfs.functions = _vfs_host_calls(_vfs.ask, _vfs.names, _vfs.starting)
del _vfs_host_calls
`;
