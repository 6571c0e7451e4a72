/**
 * The interpreter's side of `asyncio`: pyodide's own loop runs in that of JavaScript, which waits while code runs. This
 * one is Python's, with nothing to wait for but the time and the host's functions.
 */
export const EVENT_LOOP: string = String.raw`
def _vfs_event_loop(poll):
    import asyncio, time
    from asyncio import base_events, events

    sleep, now = time.sleep, time.monotonic

    class EventLoop(base_events.BaseEventLoop):
        """Runs coroutines, tasks and timers. There are no sockets, processes and threads to wait for."""

        def __init__(self):
            super().__init__()
            self._selector = self
            self._woken = False

        def select(self, timeout):
            # What waits for nothing that could come waits until it is interrupted.
            end = now() + (86400 if timeout is None else timeout)
            while not self._woken:
                left = end - now()
                came = poll(max(left, 0))
                if came or left <= 0:
                    break
                if came is None:
                    sleep(min(left, 0.02))
            self._woken = False
            return ()

        def _process_events(self, event_list):
            pass

        def _write_to_self(self):
            self._woken = True

    class EventLoopPolicy(events._BaseDefaultEventLoopPolicy):
        _loop_factory = EventLoop

    for made in (EventLoop, EventLoopPolicy):
        made.__module__, made.__qualname__ = 'asyncio', made.__name__
    asyncio.EventLoop = EventLoop
    asyncio.run = asyncio.runners.run
    events._set_running_loop(None)
    events._set_event_loop_policy(EventLoopPolicy())

_vfs_event_loop(_vfs.poll)
del _vfs_event_loop
`;
