"""Running a bridge in a program with asyncio: its calls go over the program's event loop and its client, its steps over
threads, because a terminal's functions block. The steps are those of `run_bridge`: there is one law of what touches a broker.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.aio import AsyncDtmsClient
from dtms.aio_leases import AsyncLease, AsyncLeases
from dtms.bridge.bridge import BridgeOptions
from dtms.bridge.run_bridge import AccountTerms, run_bridge
from dtms.bridge.server_lease_client import AccountKind
from dtms.bridge.terminal import Terminal
from dtms.errors import DtmsError, unavailable
from dtms.v1.account_service_pb2 import (
    ReconcilePositionsRequest,
    ReconcilePositionsResponse,
    ReportAccountRequest,
    ReportAccountResponse,
    UpsertAccountRequest,
)
from dtms.v1.action_service_pb2 import LeaseActionsRequest, LeaseActionsResponse, LeasedAction
from dtms.v1.market_data_service_pb2 import Instrument, UpsertInstrumentsRequest
from dtms.v1.trade_service_pb2 import CloseTradeRequest
from dtms.v1.types_pb2 import ActionResult

_Told = TypeVar("_Told")


async def run_bridge_async(
    client: AsyncDtmsClient,
    terminal: Terminal,
    *,
    account: str,
    bridge_id: str,
    stop: asyncio.Event | None = None,
    kind: AccountKind = "REAL",
    terms: AccountTerms | None = None,
    instruments: Sequence[Instrument] = (),
    options: BridgeOptions | None = None,
) -> None:
    """As `run_bridge`, for a program with asyncio: works until `stop` is set or the task is cancelled. Either way the order
    under way is finished and reported first, for at most `options.stop_within` seconds.

    ```python
    async with AsyncDtmsClient(["dtms-1:50051", "dtms-2:50051"], api_key=key) as client:
        await run_bridge_async(client, MyTerminal(), account="demo", bridge_id="bridge-1")
    ```

    The terminal is the same as for `run_bridge`; threads call it, so that one that blocks holds up nothing of the event
    loop. `options.on_error` and `options.on_snapshot` are called on the event loop. Raises what `run_bridge` raises.
    """
    loop = asyncio.get_running_loop()
    calls = LoopCalls(client, loop)
    ending = threading.Event()
    # A thread of its own, which runs as long as the bridge; and no task, because what ends a program cancels its tasks.
    thread = ThreadPoolExecutor(1, thread_name_prefix="dtms-bridge")
    work = loop.run_in_executor(
        thread,
        partial(
            run_bridge,
            calls,
            terminal,
            account=account,
            bridge_id=bridge_id,
            stop=ending,
            kind=kind,
            terms=terms,
            instruments=instruments,
            options=_on_loop(BridgeOptions() if options is None else options, loop),
        ),
    )
    told = asyncio.ensure_future((asyncio.Event() if stop is None else stop).wait())
    try:
        either: set[asyncio.Future[Any]] = {work, told}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.set()
        told.cancel()
        try:
            await _ended(work)
        finally:
            thread.shutdown(wait=False)


async def _ended(work: asyncio.Future[None]) -> None:
    """Waits for the end of the work, however often that is cancelled: what is at the broker has to be told."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError as error:
            cancelled = error
    failure = work.exception()
    if failure is not None:
        raise failure
    if cancelled is not None:
        raise cancelled


def _on_loop(options: BridgeOptions, loop: asyncio.AbstractEventLoop) -> BridgeOptions:
    """The options, whose functions hear of things on the loop and not on a thread of the bridge."""
    on_snapshot = options.on_snapshot

    def snapshot_taken(at: int) -> None:
        if on_snapshot is not None:
            loop.call_soon_threadsafe(on_snapshot, at)

    return replace(
        options,
        on_error=lambda error: _tell(loop, options.on_error, error),
        on_snapshot=snapshot_taken,
    )


def _tell(loop: asyncio.AbstractEventLoop, hears: Callable[[Exception], None], error: Exception) -> None:
    loop.call_soon_threadsafe(hears, error)


class LoopCalls:
    """The calls of a client with asyncio, for threads beside its event loop: each waits for its answer."""

    def __init__(self, client: AsyncDtmsClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop

    def awaited(self, call: Coroutine[Any, Any, _Told]) -> _Told:
        """What the coroutine returns, run on the loop."""
        try:
            under_way = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError:
            # The loop is closed: nobody will ever run it.
            call.close()
            raise
        try:
            return under_way.result()
        except CancelledError as error:
            # What ends the program cancelled the call: it may have been done.
            raise unavailable("a call of the bridge", "the event loop is ending") from error

    def leases(
        self, *, account: str, bridge_id: str, max_leases: int, on_break: Callable[[DtmsError], None]
    ) -> _LoopWork:
        leases = self._client.leases(
            account=account, bridge_id=bridge_id, max_leases=max_leases, on_break=on_break
        )
        return _LoopWork(leases, self, self._loop)

    def lease_of(self, action: LeasedAction) -> _LoopLease:
        return _LoopLease(self._client.lease_of(action), self)

    def drain_leases(self, request: LeaseActionsRequest) -> LeaseActionsResponse:
        return self.awaited(self._client.drain_leases(request))

    def report_account(self, request: ReportAccountRequest, *, retry_for: float) -> ReportAccountResponse:
        return self.awaited(self._client.report_account(request, retry_for=retry_for))

    def reconcile_positions(
        self, request: ReconcilePositionsRequest, *, timeout: float
    ) -> ReconcilePositionsResponse:
        return self.awaited(self._client.reconcile_positions(request, timeout=timeout))

    def close_trade(self, request: CloseTradeRequest) -> object:
        return self.awaited(self._client.close_trade(request))

    def upsert_account(self, request: UpsertAccountRequest) -> object:
        return self.awaited(self._client.upsert_account(request))

    def upsert_instruments(self, request: UpsertInstrumentsRequest) -> object:
        return self.awaited(self._client.upsert_instruments(request))


class _LoopLease:
    """A lease whose steps a thread waits for."""

    def __init__(self, lease: AsyncLease, calls: LoopCalls) -> None:
        self._lease = lease
        self._calls = calls

    @property
    def action(self) -> LeasedAction:
        return self._lease.action

    @property
    def over(self) -> bool:
        return self._lease.over

    def begin(self) -> bool:
        return self._calls.awaited(self._lease.begin())

    def report(self, result: ActionResult, *, occurred_at: Timestamp | None = None) -> bool:
        return self._calls.awaited(self._lease.report(result, occurred_at=occurred_at))


class _LoopWork:
    """Leases for one thread, until any thread cancels it."""

    def __init__(self, leases: AsyncLeases, calls: LoopCalls, loop: asyncio.AbstractEventLoop) -> None:
        self._leases = leases
        self._calls = calls
        self._loop = loop
        # Set on the loop alone.
        self._cancelled = asyncio.Event()

    def __iter__(self) -> Iterator[_LoopLease]:
        while (lease := self._calls.awaited(self._next())) is not None:
            yield _LoopLease(lease, self._calls)

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(self._cancelled.set)

    def __enter__(self) -> _LoopWork:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._calls.awaited(self._leases.aclose())

    async def _next(self) -> AsyncLease | None:
        """The next lease; None once it is cancelled, also when one came at that moment: it was not begun, and goes back."""
        lease = asyncio.ensure_future(self._read())
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        try:
            await asyncio.wait({lease, cancelled}, return_when=asyncio.FIRST_COMPLETED)
            return None if self._cancelled.is_set() else lease.result()
        finally:
            for waiting in (lease, cancelled):
                waiting.cancel()
            # The reader has to be out of the loop before anybody ends it.
            await asyncio.gather(lease, cancelled, return_exceptions=True)

    async def _read(self) -> AsyncLease | None:
        return await anext(self._leases, None)
