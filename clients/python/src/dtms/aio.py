"""The client for programs with asyncio: the same methods, awaited, and watches with `async for`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Generic, Literal

import grpc
import grpc.aio

from dtms import methods
from dtms.breaker import Breaker, guard_of
from dtms.aio_watch import AsyncWatch
from dtms.connecting import CHANNEL_OPTIONS, DEFAULT_RETRY_FOR, DEFAULT_TIMEOUT, AsyncStream, Settings
from dtms.defence import QUESTION_TIMEOUT, AsyncDefence
from dtms.errors import DtmsError, error_of
from dtms.following import Following
from dtms.leases import add_leases, drained
from dtms.methods import Method, Request, Response
from dtms.retry import Attempts
from dtms.v1.action_service_pb2 import LeaseActionsRequest, LeaseActionsResponse
from dtms.v1.market_data_service_pb2 import StreamMarketDataRequest, StreamMarketDataResponse
from dtms.v1.ownership_service_pb2 import BatchGetOwnershipRequest, BatchGetOwnershipResponse
from dtms.v1.system_service_pb2 import GetStatusRequest, GetStatusResponse
from dtms.v1.trade_service_pb2 import ResumeToken, TradeFilter


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
        """One attempt with the request as it is."""
        try:
            answer: Response = await self._invoke(
                request,
                timeout=self._settings.timeout if timeout is None else timeout,
                metadata=self._settings.metadata,
            )
        except grpc.aio.AioRpcError as error:
            raise error_of(self._method.path, error) from error
        return answer


class AsyncDtmsClient:
    """A connection to a server, made and used within one event loop; else as DtmsClient."""

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retry_for: float = DEFAULT_RETRY_FOR,
        breaker: Breaker | Literal["default", "off"] = "default",
    ) -> None:
        settings = Settings.of(api_key, timeout, retry_for)
        channel = (
            grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
            if credentials is None
            else grpc.aio.secure_channel(address, credentials, options=CHANNEL_OPTIONS)
        )
        guard = guard_of(breaker)
        self._settings = settings
        self.channel = channel
        """The connection, for stubs of one's own."""

        def call(method: Method[Request, Response]) -> AsyncCall[Request, Response]:
            return AsyncCall(channel, method, settings, guard)

        self.register_trade = call(methods.REGISTER_TRADE)
        self.batch_register_trades = call(methods.BATCH_REGISTER_TRADES)
        self.get_trade = call(methods.GET_TRADE)
        self.batch_get_trades = call(methods.BATCH_GET_TRADES)
        self.list_trades = call(methods.LIST_TRADES)
        self.list_trade_events = call(methods.LIST_TRADE_EVENTS)
        self.update_trade = call(methods.UPDATE_TRADE)
        self.close_trade = call(methods.CLOSE_TRADE)
        self.pause_trade = call(methods.PAUSE_TRADE)
        self.resume_trade = call(methods.RESUME_TRADE)
        self.evaluate_trade = call(methods.EVALUATE_TRADE)
        self.list_state_history = call(methods.LIST_STATE_HISTORY)
        self.push_market_data = call(methods.PUSH_MARKET_DATA)
        self.get_market_view = call(methods.GET_MARKET_VIEW)
        self.list_market_views = call(methods.LIST_MARKET_VIEWS)
        self.list_bars = call(methods.LIST_BARS)
        self.list_evaluations = call(methods.LIST_EVALUATIONS)
        self.upsert_instruments = call(methods.UPSERT_INSTRUMENTS)
        self.upsert_news_events = call(methods.UPSERT_NEWS_EVENTS)
        self.begin_action = call(methods.BEGIN_ACTION)
        self.report_action = call(methods.REPORT_ACTION)
        self.extend_lease = call(methods.EXTEND_LEASE)
        self.list_actions = call(methods.LIST_ACTIONS)
        self.resolve_action = call(methods.RESOLVE_ACTION)
        self.replay_action = call(methods.REPLAY_ACTION)
        self.upsert_account = call(methods.UPSERT_ACCOUNT)
        self.report_account = call(methods.REPORT_ACCOUNT)
        self.reconcile_positions = call(methods.RECONCILE_POSITIONS)
        self.set_trading_state = call(methods.SET_TRADING_STATE)
        self.get_risk = call(methods.GET_RISK)
        self.list_accounts = call(methods.LIST_ACCOUNTS)
        self.acquire_modification = call(methods.ACQUIRE_MODIFICATION)
        self.commit_modification = call(methods.COMMIT_MODIFICATION)
        self.release_modification = call(methods.RELEASE_MODIFICATION)
        self.get_ownership = call(methods.GET_OWNERSHIP)
        self.batch_get_ownership = call(methods.BATCH_GET_OWNERSHIP)
        self.get_status = call(methods.GET_STATUS)
        self.get_performance = call(methods.GET_PERFORMANCE)
        self.set_log_level = call(methods.SET_LOG_LEVEL)
        self.get_config = call(methods.GET_CONFIG)
        self.list_audit_events = call(methods.LIST_AUDIT_EVENTS)
        self.create_api_key = call(methods.CREATE_API_KEY)
        self.list_api_keys = call(methods.LIST_API_KEYS)
        self.rotate_api_key = call(methods.ROTATE_API_KEY)
        self.revoke_api_key = call(methods.REVOKE_API_KEY)

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
        following = Following(trade_filter, resume_after, initial_state, retry_for)

        def head() -> Awaitable[GetStatusResponse]:
            return self.get_status.once(GetStatusRequest())

        return AsyncWatch(self.channel, self._settings.metadata, following, head, on_break)

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
        """Market data up, acknowledgements down; ends with DtmsError when the connection breaks."""
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
