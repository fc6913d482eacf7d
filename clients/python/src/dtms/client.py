"""The client for programs with threads: every method of the service as a call, on one connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Generic, Literal

import grpc

from dtms import methods
from dtms.breaker import Breaker, guard_of
from dtms.connecting import (
    BEGIN_TIMEOUT,
    DEFAULT_RETRY_FOR,
    DEFAULT_TIMEOUT,
    Settings,
    Stream,
    connection,
)
from dtms.defence import QUESTION_TIMEOUT, Defence
from dtms.errors import DtmsError, error_of, trade_over
from dtms.following import Following
from dtms.lease_course import LEASE_SECONDS, LeaseCourse
from dtms.lease_loop import Lease, Leases
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
from dtms.watch import Watch


class Call(Generic[Request, Response]):
    """A method to call with its request."""

    def __init__(
        self,
        channel: grpc.Channel,
        method: Method[Request, Response],
        settings: Settings,
        closed: threading.Event,
        breaker: Breaker | None,
    ) -> None:
        self._invoke = channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        self._method = method
        self._settings = settings
        self._closed = closed
        self._breaker = breaker

    def __call__(
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
            return self._retried(prepared, timeout, patience)
        with self._breaker.admit(self._method.path) as passage:
            try:
                answer = self._retried(prepared, timeout, 0.0 if passage.probe else patience)
            except DtmsError as error:
                passage.failed(error)
                raise
            passage.answered()
            return answer

    def _retried(self, request: Request, timeout: float | None, patience: float) -> Response:
        attempts = Attempts(patience)
        while True:
            try:
                return self.once(request, timeout=timeout)
            except DtmsError as error:
                if self._closed.wait(attempts.delay(error)):
                    raise

    def once(self, request: Request, *, timeout: float | None = None) -> Response:
        """One attempt with the request as it is; one more where what was seen is of another log."""
        metadata = self._settings.seen.saying(self._settings.metadata)
        try:
            return self._sent(request, timeout, metadata)
        except DtmsError as error:
            if not self._settings.seen.refused(error, metadata):
                raise
        return self._sent(request, timeout, self._settings.metadata)

    def _sent(self, request: Request, timeout: float | None, metadata: Metadata) -> Response:
        try:
            answer: Response = self._invoke(
                request,
                timeout=self._settings.timeout if timeout is None else timeout,
                metadata=metadata,
            )
        except grpc.RpcError as error:
            raise error_of(self._method.path, error) from error
        self._settings.seen.note(answer)
        return answer


class _Steps:
    """What leases ask of a client."""

    def __init__(self, client: DtmsClient, metadata: Metadata) -> None:
        self._client = client
        self._metadata = metadata

    def begin(self, request: BeginActionRequest) -> object:
        return self._client.begin_action(request, timeout=BEGIN_TIMEOUT, retry_for=0)

    def report(self, request: ReportActionRequest) -> object:
        return self._client.report_action(request)

    def extend(self, request: ExtendLeaseRequest) -> object:
        return self._client.extend_lease(request, retry_for=0)

    def stream(self, request: LeaseActionsRequest) -> Stream[LeaseActionsResponse]:
        call: Stream[LeaseActionsResponse] = self._client.channel.unary_stream(
            methods.LEASE_ACTIONS.path,
            request_serializer=LeaseActionsRequest.SerializeToString,
            response_deserializer=LeaseActionsResponse.FromString,
        )(request, metadata=self._metadata)
        return call


class DtmsClient(methods.Calls):
    """A connection to a server; threads may share it.

    ```python
    with DtmsClient("127.0.0.1:50051") as client:
        client.register_trade(RegisterTradeRequest(trade=TradeSpec(account="demo", ticket=42, ...)))
        for message in client.watch_trades(initial_state=True):
            ...
    ```

    `address` is `host:port`, of several servers a list, `["a:50051", "b:50051"]` or `"a:50051,b:50051"`, or a name such as
    `dns:///dtms:50051`: calls take turns among those that say that they serve. Without `credentials` the connection is plain text: give
    `grpc.ssl_channel_credentials()` wherever the key crosses a network. `timeout` and `retry_for` are what
    calls use that do not say otherwise, in seconds. After 5 calls in a row that found no server, calls fail
    with CircuitOpenError, and once a second one is let through; `breaker` changes that, "off" ends it.
    """

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
            grpc.insecure_channel(target, options=options)
            if credentials is None
            else grpc.secure_channel(target, credentials, options=options)
        )
        closed = threading.Event()
        guard = guard_of(breaker)
        self._settings = settings
        self._closed = closed
        self.channel = channel
        """The connection, for stubs of one's own."""

        def call(method: Method[Request, Response]) -> Call[Request, Response]:
            return Call(channel, method, settings, closed, guard)

        super().__init__(call)

    def watch_trades(
        self,
        trade_filter: TradeFilter | None = None,
        *,
        resume_after: ResumeToken | None = None,
        initial_state: bool = False,
        retry_for: float | None = None,
        on_break: Callable[[DtmsError], None] | None = None,
    ) -> Watch:
        """Every change that matches the filter: from now, after a token, or after the state as it is.

        The watch resumes by itself: no event is lost and none comes twice. `retry_for` is how long the
        service may be away before it gives up, in seconds; None means for ever. `on_break` is told of every
        break. Raises CompactedError, EpochChangedError, or the DtmsError the service refuses it with.
        """
        following = Following(trade_filter, resume_after, initial_state, retry_for, self._settings.seen)

        def head() -> GetStatusResponse:
            return self.get_status.once(GetStatusRequest())

        return Watch(self.channel, self._settings.metadata, following, head, self._closed, on_break)

    def leases(
        self,
        *,
        account: str,
        bridge_id: str,
        max_leases: int = 0,
        lease_seconds: int = LEASE_SECONDS,
        retry_for: float | None = None,
        on_break: Callable[[DtmsError], None] | None = None,
    ) -> Leases:
        """A bridge's work, one lease after the other: it resumes at another server, extends what it holds three times in
        the time of a lease, gives nothing twice, and ends a lease when the loop goes on. The bridge must report its
        account (`report_account`) to get work.

        ```python
        for lease in client.leases(account="demo", bridge_id="mt5-1"):
            if lease.begin():
                lease.report(order(lease.action))
        ```

        `bridge_id` is one per running bridge. `max_leases` bounds what is held at once (0: 16). `retry_for` is how long the
        service may be away before the loop gives up, in seconds; None means for ever. `on_break` is told of every break,
        a bridge that is not ready among them. Raises the DtmsError the service refuses the work with.
        """
        course = LeaseCourse(account, bridge_id, max_leases, lease_seconds, retry_for)
        return Leases(_Steps(self, self._settings.metadata), course, on_break, self._closed)

    def lease_of(self, action: LeasedAction) -> Lease:
        """An action that `drain_leases` or `lease_actions` gave, with its steps. Nobody extends it."""
        return Lease(action, _Steps(self, self._settings.metadata))

    def lease_actions(self, request: LeaseActionsRequest) -> Iterator[LeaseActionsResponse]:
        """Leases as they are given; ends with DtmsError when the connection breaks, and is not resumed."""
        return self._lease(request, None)

    def _lease(
        self, request: LeaseActionsRequest, timeout: float | None
    ) -> Iterator[LeaseActionsResponse]:
        return self._stream(
            methods.LEASE_ACTIONS,
            self.channel.unary_stream(
                methods.LEASE_ACTIONS.path,
                request_serializer=LeaseActionsRequest.SerializeToString,
                response_deserializer=LeaseActionsResponse.FromString,
            )(request, timeout=timeout, metadata=self._settings.metadata),
        )

    def protect(
        self, trade: TradeSpec, *, timeout: float | None = None, retry_for: float | None = None
    ) -> Trade:
        """Registers a trade that has to be under DTMS's protection: the trade as it is now; registered before
        is as good. Raises DtmsError, with TRADE_CLOSED when the trade is over.
        """
        request = RegisterTradeRequest(trade=trade)
        answer = self.register_trade(request, timeout=timeout, retry_for=retry_for)
        if answer.closed:
            raise trade_over(methods.REGISTER_TRADE.path, trade.account, trade.ticket)
        return answer.trade

    def drain_leases(
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
                for message in self._lease(drain, patience):
                    add_leases(leased, message)
                return leased
            except DtmsError as error:
                if self._closed.wait(attempts.delay(error)):
                    raise

    def defence(self, account: str, *, manager: str) -> Defence:
        """What a manager may do with an account's trades, from a short cache that goes on for a while without
        the server; see Defence.
        """

        def ask(request: BatchGetOwnershipRequest) -> BatchGetOwnershipResponse:
            return self.batch_get_ownership(request, timeout=QUESTION_TIMEOUT, retry_for=0)

        return Defence(ask, account, manager)

    def stream_market_data(
        self, requests: Iterable[StreamMarketDataRequest]
    ) -> Iterator[StreamMarketDataResponse]:
        """Market data up, acknowledgements down; ends with DtmsError when the connection breaks. A message without a
        result acknowledges nothing: the first grant, and a sign of life at least every 5 seconds.
        """
        return self._stream(
            methods.STREAM_MARKET_DATA,
            self.channel.stream_stream(
                methods.STREAM_MARKET_DATA.path,
                request_serializer=StreamMarketDataRequest.SerializeToString,
                response_deserializer=StreamMarketDataResponse.FromString,
            )(iter(requests), metadata=self._settings.metadata),
        )

    @staticmethod
    def _stream(method: Method[Request, Response], call: Stream[Response]) -> Iterator[Response]:
        try:
            yield from call
        except grpc.RpcError as error:
            raise error_of(method.path, error) from error
        finally:
            call.cancel()

    def close(self) -> None:
        """Ends the connection: calls under way fail, watches end."""
        self._closed.set()
        self.channel.close()

    def __enter__(self) -> DtmsClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
