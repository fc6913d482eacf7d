"""Takes leased actions one after the other: begin, execute, report, always in this order."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType

from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types

from .executor import Execution, Executor, not_sent
from .server import LEASE_SECONDS, Backoff, Begun, LeaseStream, Reported, Server

log = logging.getLogger(__name__)

# The server writes at least every 5 seconds, even when it has nothing to say.
SILENT_SECONDS = 20.0
# How long a report is tried after the bridge was told to stop, and at most otherwise: by then the
# lease is long lost, and the reconciliation tells it.
LAST_TRIES_SECONDS = 15.0
LONGEST_TRIES_SECONDS = 600.0


class Worker:
    """Executes. `follow` runs in one thread; `cancel` and `silent` are called from another."""

    def __init__(
        self,
        server: Server,
        executor: Executor,
        stop: threading.Event,
        after: Callable[[Execution], None],
        account: str,
    ) -> None:
        """`after` is told of every execution before it is reported."""
        self._server = server
        self._executor = executor
        self._stop = stop
        self._after = after
        self._account = account
        self._stream: LeaseStream | None = None
        self._heard = time.monotonic()
        self._busy = False

    def follow(self, backoff: Backoff) -> None:
        """Works off one stream until it ends. Raises grpc.RpcError when it breaks."""
        stream = self._server.lease()
        self._stream = stream
        self._heard = time.monotonic()
        try:
            for message in stream:
                backoff.reset()
                self._busy = True
                for action in message.actions:
                    if self._stop.is_set():
                        return
                    self.handle(action)
                self._heard = time.monotonic()
                self._busy = False
                if self._stop.is_set():
                    return
        finally:
            self._busy = False
            self._stream = None
            stream.cancel()

    def cancel(self) -> None:
        """Ends the stream; an action that is being executed is finished and reported first."""
        stream = self._stream
        if stream is not None:
            stream.cancel()

    @property
    def silent(self) -> bool:
        """True when the stream has said nothing for so long that it must be broken."""
        listening = self._stream is not None and not self._busy
        return listening and time.monotonic() - self._heard > SILENT_SECONDS

    def handle(self, action: work.LeasedAction) -> None:
        """One action from its lease to its report. Raises for nothing a server or broker does."""
        action_id = action.action.action_id
        if action.account != self._account:
            log.error("[%s] is of account %s: left alone", action_id, action.account)
            return
        log.info("[%s] leased, token %d", action_id, action.action.lease.token)
        begun = self._server.begin(action.action)
        if begun is Begun.NO:
            return
        with LeaseKeeper(self._server, action.action):
            if begun is Begun.UNSURE:
                # If it was recorded, this takes the doubt away: nothing was sent, so it may be
                # tried again.
                execution = not_sent("nothing was sent: BeginAction was not answered")
            else:
                execution = self._executor.execute(action)
                self._after(execution)
            self._report(action.action, execution)

    def _report(self, action: types.Action, execution: Execution) -> None:
        """Until it is answered; a report is never left because of an error that passes."""
        backoff = Backoff(longest=5.0)
        started = time.monotonic()
        while True:
            told = self._server.report(action, execution.result, execution.occurred_at_ms)
            if told is not Reported.UNSURE:
                log.info("[%s] report %s", action.action_id, told.name)
                return
            limit = LAST_TRIES_SECONDS if self._stop.is_set() else LONGEST_TRIES_SECONDS
            if time.monotonic() - started > limit:
                log.error("[%s] could not be reported: %s", action.action_id, execution.result)
                return
            wait = backoff.next()
            if not self._stop.wait(wait):
                continue
            time.sleep(min(wait, 1.0))


class LeaseKeeper:
    """Extends a lease while its block runs: a slow broker must not put an action in doubt."""

    def __init__(self, server: Server, action: types.Action, every: float = LEASE_SECONDS / 3) -> None:
        self._server = server
        self._action = action
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()

    def _run(self) -> None:
        while not self._done.wait(self._every):
            if not self._server.extend(self._action):
                return
