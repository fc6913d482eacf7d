"""The client for programs with asyncio: the same methods, awaited, and watches with `async for`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Generic, Literal

import grpc
import grpc.aio

from dtms import methods
from dtms.aio_heard import Readable
from dtms.aio_leases import AsyncLease, AsyncLeases
from dtms.aio_watch import AsyncWatch
from dtms.breaker import Breaker, guard_of
from dtms.connecting import (
    BEGIN_TIMEOUT,
    DEFAULT_RETRY_FOR,
    DEFAULT_TIMEOUT,
    AsyncStream,
    Settings,
    connection,
)
from dtms.defence import QUESTION_TIMEOUT, AsyncDefence
from dtms.errors import DtmsError, error_of, trade_over
from dtms.following import Following
from dtms.lease_course import LEASE_SECONDS, LeaseCourse
from dtms.leases import add_leases, drained
from dtms.method import Method, Request, Response
from dtms.retry import Attempts
from dtms.seen import Metadata
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    ExtendLeaseRequest,
    LeaseActionsRequest,
    LeaseActionsResponse,
    LeasedAction,
    ReportActionRequest,
)
from dtms.v1.market_data_service_pb2 import StreamMarketDataRequest, StreamMarketDataResponse
from dtms.v1.ownership_service_pb2 import BatchGetOwnershipRequest, BatchGetOwnershipResponse
from dtms.v1.system_service_pb2 import GetStatusRequest, GetStatusResponse
from dtms.v1.trade_service_pb2 import RegisterTradeRequest, ResumeToken, TradeFilter
from dtms.v1.types_pb2 import Trade, TradeSpec


class AsyncCall(Generic[Request, Response]):
    """A method to await with its request."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        method: Method[Request, Response],
        settings: Settings,
        breaker: Breaker | None,
    ) -> None:
        self._invoke = channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        self._method = method
        self._settings = settings
        self._breaker = breaker

    async def __call__(
        self, request: Request, *, timeout: float | None = None, retry_for: float | None = None
    ) -> Response:
        """The answer. `timeout` is of each attempt, and `retry_for` how long after the start a transient
        failure is tried again, both in seconds; `retry_for=0` means one attempt. Raises DtmsError,
        CircuitOpenError among them.
        """
        patience = self._settings.retry_for if retry_for is None else retry_for
        if not self._method.repeatable:
            patience = 0.0
        prepared = self._method.prepared(request)
        if self._breaker is None:
            return await self._retried(prepared, timeout, patience)
        with self._breaker.admit(self._method.path) as passage:
            try:
                answer = await self._retried(prepared, timeout, 0.0 if passage.probe else patience)
            except DtmsError as error:
                passage.failed(error)
                raise
            passage.answered()
            return answer

    async def _retried(self, request: Request, timeout: float | None, patience: float) -> Response:
        attempts = Attempts(patience)
        while True:
            try:
                return await self.once(request, timeout=timeout)
            except DtmsError as error:
                await asyncio.sleep(attempts.delay(error))

    async def once(self, request: Request, *, timeout: float | None = None) -> Response:
        """One attempt with the request as it is; one more where what was seen is of another log."""
        metadata = self._settings.seen.saying(self._settings.metadata)
        try:
            return await self._sent(request, timeout, metadata)
        except DtmsError as error:
            if not self._settings.seen.refused(error, metadata):
                raise
        return await self._sent(request, timeout, self._settings.metadata)

    async def _sent(self, request: Request, timeout: float | None, metadata: Metadata) -> Response:
        try:
            answer: Response = await self._invoke(
                request,
                timeout=self._settings.timeout if timeout is None else timeout,
                metadata=metadata,
            )
        except grpc.aio.AioRpcError as error:
            raise error_of(self._method.path, error) from error
        self._settings.seen.note(answer)
        return answer


class _Steps:
    """What leases ask of a client."""

    def __init__(self, client: AsyncDtmsClient, metadata: Metadata) -> None:
        self._client = client
        self._metadata = metadata

    async def begin(self, request: BeginActionRequest) -> object:
        return await self._client.begin_action(request, timeout=BEGIN_TIMEOUT, retry_for=0)

    async def report(self, request: ReportActionRequest) -> object:
        return await self._client.report_action(request)

    async def extend(self, request: ExtendLeaseRequest) -> object:
        return await self._client.extend_lease(request, retry_for=0)

    def stream(self, request: LeaseActionsRequest) -> Readable:
        call: Readable = self._client.channel.unary_stream(
            methods.LEASE_ACTIONS.path,
            request_serializer=LeaseActionsRequest.SerializeToString,
            response_deserializer=LeaseActionsResponse.FromString,
        )(request, metadata=self._metadata)
        return call


class AsyncDtmsClient(methods.AsyncCalls):
    """A connection to a server, made and used within one event loop; else as DtmsClient."""

    def __init__(
        self,
        address: str | Sequence[str],
        *,
        api_key: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retry_for: float = DEFAULT_RETRY_FOR,
        breaker: Breaker | Literal["default", "off"] = "default",
    ) -> None:
        settings = Settings.of(api_key, timeout, retry_for)
        target, options = connection(address)
        channel = (
            grpc.aio.insecure_channel(target, options=options)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, options=options)
        )
        guard = guard_of(breaker)
        self._settings = settings
        self.channel = channel
        """The connection, for stubs of one's own."""

        def call(method: Method[Request, Response]) -> AsyncCall[Request, Response]:
            return AsyncCall(channel, method, settings, guard)

        super().__init__(call)

    def watch_trades(
        self,
        trade_filter: TradeFilter | None = None,
        *,
        resume_after: ResumeToken | None = None,
        initial_state: bool = False,
        retry_for: float | None = None,
        on_break: Callable[[DtmsError], None] | None = None,
    ) -> AsyncWatch:
        """As DtmsClient.watch_trades; end it with `aclose`, or by cancelling the task that reads it."""
        following = Following(trade_filter, resume_after, initial_state, retry_for, self._settings.seen)

        def head() -> Awaitable[GetStatusResponse]:
            return self.get_status.once(GetStatusRequest())

        return AsyncWatch(self.channel, self._settings.metadata, following, head, on_break)

    def leases(
        self,
        *,
        account: str,
        bridge_id: str,
        max_leases: int = 0,
        lease_seconds: int = LEASE_SECONDS,
        retry_for: float | None = None,
        on_break: Callable[[DtmsError], None] | None = None,
    ) -> AsyncLeases:
        """As DtmsClient.leases; end it with `aclose`, or by cancelling the task that reads it.

        ```python
        async with client.leases(account="demo", bridge_id="mt5-1") as leases:
            async for lease in leases:
                if await lease.begin():
                    await lease.report(await order(lease.action))
        ```
        """
        course = LeaseCourse(account, bridge_id, max_leases, lease_seconds, retry_for)
        return AsyncLeases(_Steps(self, self._settings.metadata), course, on_break)

    def lease_of(self, action: LeasedAction) -> AsyncLease:
        """As DtmsClient.lease_of."""
        return AsyncLease(action, _Steps(self, self._settings.metadata))

    def lease_actions(self, request: LeaseActionsRequest) -> AsyncIterator[LeaseActionsResponse]:
        """Leases as they are given; ends with DtmsError when the connection breaks, and is not resumed."""
        return self._lease(request, None)

    def _lease(
        self, request: LeaseActionsRequest, timeout: float | None
    ) -> AsyncIterator[LeaseActionsResponse]:
        return self._stream(
            methods.LEASE_ACTIONS,
            self.channel.unary_stream(
                methods.LEASE_ACTIONS.path,
                request_serializer=LeaseActionsRequest.SerializeToString,
                response_deserializer=LeaseActionsResponse.FromString,
            )(request, timeout=timeout, metadata=self._settings.metadata),
        )

    async def protect(
        self, trade: TradeSpec, *, timeout: float | None = None, retry_for: float | None = None
    ) -> Trade:
        """Registers a trade that has to be under DTMS's protection: the trade as it is now; registered before
        is as good. Raises DtmsError, with TRADE_CLOSED when the trade is over.
        """
        request = RegisterTradeRequest(trade=trade)
        answer = await self.register_trade(request, timeout=timeout, retry_for=retry_for)
        if answer.closed:
            raise trade_over(methods.REGISTER_TRADE.path, trade.account, trade.ticket)
        return answer.trade

    async def drain_leases(
        self, request: LeaseActionsRequest, *, timeout: float | None = None, retry_for: float | None = None
    ) -> LeaseActionsResponse:
        """What is due now, as one call: at most max_leases actions under leases. An answer that got lost is
        asked for again: leases that were not begun are told again. Raises DtmsError.
        """
        drain = drained(request)
        patience = self._settings.timeout if timeout is None else timeout
        attempts = Attempts(self._settings.retry_for if retry_for is None else retry_for)
        while True:
            leased = LeaseActionsResponse()
            try:
                async for message in self._lease(drain, patience):
                    add_leases(leased, message)
                return leased
            except DtmsError as error:
                await asyncio.sleep(attempts.delay(error))

    def defence(self, account: str, *, manager: str) -> AsyncDefence:
        """What a manager may do with an account's trades, from a short cache that goes on for a while without
        the server; see Defence.
        """

        def ask(request: BatchGetOwnershipRequest) -> Awaitable[BatchGetOwnershipResponse]:
            return self.batch_get_ownership(request, timeout=QUESTION_TIMEOUT, retry_for=0)

        return AsyncDefence(ask, account, manager)

    def stream_market_data(
        self, requests: AsyncIterable[StreamMarketDataRequest]
    ) -> AsyncIterator[StreamMarketDataResponse]:
        """Market data up, acknowledgements down; ends with DtmsError when the connection breaks. A message without a
        result acknowledges nothing: the first grant, and a sign of life at least every 5 seconds.
        """
        return self._stream(
            methods.STREAM_MARKET_DATA,
            self.channel.stream_stream(
                methods.STREAM_MARKET_DATA.path,
                request_serializer=StreamMarketDataRequest.SerializeToString,
                response_deserializer=StreamMarketDataResponse.FromString,
            )(aiter(requests), metadata=self._settings.metadata),
        )

    @staticmethod
    async def _stream(
        method: Method[Request, Response],
        call: AsyncStream[Response],
    ) -> AsyncIterator[Response]:
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise error_of(method.path, error) from error
        finally:
            call.cancel()

    async def close(self) -> None:
        """Ends the connection; calls under way are cancelled."""
        await self.channel.close()

    async def __aenter__(self) -> AsyncDtmsClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
