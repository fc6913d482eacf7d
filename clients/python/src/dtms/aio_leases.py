"""A bridge's work for programs with asyncio: the loop over leases as the client for threads gives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.aio_heard import Readable, heard
from dtms.errors import DtmsError, unavailable
from dtms.lease_course import Beginning, HeldAction, LeaseCourse
from dtms.methods import LEASE_ACTIONS
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    ExtendLeaseRequest,
    LeaseActionsRequest,
    LeaseActionsResponse,
    LeasedAction,
    ReportActionRequest,
)
from dtms.v1.types_pb2 import ActionResult


class AsyncLeaseCalls(Protocol):
    """What leases ask of the client: each raises DtmsError."""

    async def begin(self, request: BeginActionRequest) -> object:
        """One attempt."""

    async def report(self, request: ReportActionRequest) -> object: ...

    async def extend(self, request: ExtendLeaseRequest) -> object:
        """One attempt."""

    def stream(self, request: LeaseActionsRequest) -> Readable: ...


class AsyncLease(HeldAction):
    """One action under lease: one order; else as Lease. A step whose task is cancelled has perhaps been done."""

    def __init__(self, action: LeasedAction, calls: AsyncLeaseCalls) -> None:
        super().__init__(action)
        self._calls = calls

    async def begin(self) -> bool:
        """As Lease.begin."""
        request = self.begin_request()
        beginning = Beginning(self)
        while True:
            try:
                await self._calls.begin(request)
                return True
            except DtmsError as error:
                delay = beginning.failed(error)
            if delay is None:
                return False
            await asyncio.sleep(delay)

    async def report(self, result: ActionResult, *, occurred_at: Timestamp | None = None) -> bool:
        """As Lease.report."""
        try:
            await self._calls.report(self.report_request(result, occurred_at))
        except DtmsError as error:
            return self.refused(error)
        self.reported()
        return True

    async def extend(self, lease_seconds: int) -> bool:
        """Lengthens it from now on. False: it is lost. Raises DtmsError."""
        try:
            await self._calls.extend(self.extend_request(lease_seconds))
        except DtmsError as error:
            return self.refused(error)
        return True


class _Held:
    """What the loop was given and is not done with, extended by a task of its own."""

    def __init__(self, course: LeaseCourse) -> None:
        self._leases: dict[tuple[str, int], AsyncLease] = {}
        self._course = course
        self._task = asyncio.get_running_loop().create_task(self._run())

    def add(self, lease: AsyncLease) -> bool:
        """False when it is here already: a server that is asked anew tells again what was not begun."""
        return self._leases.setdefault(lease.name, lease) is lease

    def end(self, lease: AsyncLease) -> None:
        self._leases.pop(lease.name, None)

    def close(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._course.extended_every)
            for lease in [lease for lease in self._leases.values() if not lease.over]:
                try:
                    await lease.extend(self._course.lease_seconds)
                except DtmsError:
                    # The next turn tries again; one that ends meanwhile is told by the step that finds it lost.
                    continue


class AsyncLeases(AsyncIterator[AsyncLease]):
    """Leases one after the other, as Leases gives them; end them with `async with`, `aclose`, or by cancelling the task
    that reads them."""

    def __init__(
        self,
        calls: AsyncLeaseCalls,
        course: LeaseCourse,
        on_break: Callable[[DtmsError], None] | None,
    ) -> None:
        self._calls = calls
        self._course = course
        self._on_break = on_break
        self._leases = self._follow()

    def __aiter__(self) -> AsyncLeases:
        return self

    async def __anext__(self) -> AsyncLease:
        return await anext(self._leases)

    async def aclose(self) -> None:
        """Ends the loop and its connection; nothing is extended any more."""
        await self._leases.aclose()

    async def __aenter__(self) -> AsyncLeases:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _follow(self) -> AsyncGenerator[AsyncLease, None]:
        held = _Held(self._course)
        try:
            while True:
                connection = self._connection(held)
                try:
                    async for lease in connection:
                        yield lease
                    error = unavailable(LEASE_ACTIONS.path, "the stream ended")
                except DtmsError as failure:
                    error = failure
                finally:
                    await connection.aclose()
                delay = self._course.broken(error)
                if self._on_break is not None:
                    self._on_break(error)
                await asyncio.sleep(delay)
        finally:
            held.close()

    async def _connection(self, held: _Held) -> AsyncGenerator[AsyncLease, None]:
        messages = heard(LEASE_ACTIONS.path, self._calls.stream(self._course.request), LeaseActionsResponse)
        try:
            async for message in messages:
                self._course.heard()
                given = (AsyncLease(action, self._calls) for action in message.actions)
                for lease in [lease for lease in given if held.add(lease)]:
                    if not lease.over:
                        yield lease
                    held.end(lease)
        finally:
            await messages.aclose()
