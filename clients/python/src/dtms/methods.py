"""The methods of the service, and how each may be repeated: one table for both clients.

Reads may be repeated by nature, registrations because account and ticket name them, market data and
reports because a duplicate changes nothing, and the other changes by the request_id they are given.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

from dtms.v1.account_service_pb2 import (
    GetRiskRequest,
    GetRiskResponse,
    ListAccountsRequest,
    ListAccountsResponse,
    ReconcilePositionsRequest,
    ReconcilePositionsResponse,
    ReportAccountRequest,
    ReportAccountResponse,
    SetTradingStateRequest,
    SetTradingStateResponse,
    UpsertAccountRequest,
    UpsertAccountResponse,
)
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    BeginActionResponse,
    ExtendLeaseRequest,
    ExtendLeaseResponse,
    LeaseActionsRequest,
    LeaseActionsResponse,
    ListActionsRequest,
    ListActionsResponse,
    ReplayActionRequest,
    ReplayActionResponse,
    ReportActionRequest,
    ReportActionResponse,
    ResolveActionRequest,
    ResolveActionResponse,
)
from dtms.v1.market_data_service_pb2 import (
    GetMarketViewRequest,
    GetMarketViewResponse,
    ListBarsRequest,
    ListBarsResponse,
    ListEvaluationsRequest,
    ListEvaluationsResponse,
    ListMarketViewsRequest,
    ListMarketViewsResponse,
    PushMarketDataRequest,
    PushMarketDataResponse,
    StreamMarketDataRequest,
    StreamMarketDataResponse,
    UpsertInstrumentsRequest,
    UpsertInstrumentsResponse,
    UpsertNewsEventsRequest,
    UpsertNewsEventsResponse,
)
from dtms.v1.ownership_service_pb2 import (
    AcquireModificationRequest,
    AcquireModificationResponse,
    BatchGetOwnershipRequest,
    BatchGetOwnershipResponse,
    CommitModificationRequest,
    CommitModificationResponse,
    GetOwnershipRequest,
    GetOwnershipResponse,
    ReleaseModificationRequest,
    ReleaseModificationResponse,
)
from dtms.v1.system_service_pb2 import (
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    GetConfigRequest,
    GetConfigResponse,
    GetPerformanceRequest,
    GetPerformanceResponse,
    GetStatusRequest,
    GetStatusResponse,
    ListApiKeysRequest,
    ListApiKeysResponse,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
    RevokeApiKeyRequest,
    RevokeApiKeyResponse,
    RotateApiKeyRequest,
    RotateApiKeyResponse,
    SetLogLevelRequest,
    SetLogLevelResponse,
)
from dtms.v1.trade_service_pb2 import (
    BatchGetTradesRequest,
    BatchGetTradesResponse,
    BatchRegisterTradesRequest,
    BatchRegisterTradesResponse,
    CloseTradeRequest,
    CloseTradeResponse,
    EvaluateTradeRequest,
    EvaluateTradeResponse,
    GetTradeRequest,
    GetTradeResponse,
    ListStateHistoryRequest,
    ListStateHistoryResponse,
    ListTradeEventsRequest,
    ListTradeEventsResponse,
    ListTradesRequest,
    ListTradesResponse,
    PauseTradeRequest,
    PauseTradeResponse,
    RegisterTradeRequest,
    RegisterTradeResponse,
    ResumeTradeRequest,
    ResumeTradeResponse,
    UpdateTradeRequest,
    UpdateTradeResponse,
    WatchTradesRequest,
    WatchTradesResponse,
)

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


_REQUEST_ID = "request_id"


@dataclass(frozen=True)
class Method(Generic[Request, Response]):
    """A method that may be repeated."""

    path: str
    request: type[Request]
    response: type[Response]

    @property
    def repeatable(self) -> bool:
        return True

    def prepared(self, request: Request) -> Request:
        """The request as it is sent, the same in every attempt."""
        return request


class Change(Method[Request, Response]):
    """A change that has one effect however often it is repeated, because a request_id names it."""

    def prepared(self, request: Request) -> Request:
        if getattr(request, _REQUEST_ID):
            return request
        named = self.request()
        named.CopyFrom(request)
        setattr(named, _REQUEST_ID, str(uuid.uuid4()))
        return named


class Once(Method[Request, Response]):
    """A method that is never repeated: a second attempt would have a second effect."""

    @property
    def repeatable(self) -> bool:
        return False


_TRADE = "/dtms.v1.TradeService/"
REGISTER_TRADE = Method(_TRADE + "RegisterTrade", RegisterTradeRequest, RegisterTradeResponse)
BATCH_REGISTER_TRADES = Method(
    _TRADE + "BatchRegisterTrades", BatchRegisterTradesRequest, BatchRegisterTradesResponse
)
GET_TRADE = Method(_TRADE + "GetTrade", GetTradeRequest, GetTradeResponse)
BATCH_GET_TRADES = Method(_TRADE + "BatchGetTrades", BatchGetTradesRequest, BatchGetTradesResponse)
LIST_TRADES = Method(_TRADE + "ListTrades", ListTradesRequest, ListTradesResponse)
LIST_TRADE_EVENTS = Method(_TRADE + "ListTradeEvents", ListTradeEventsRequest, ListTradeEventsResponse)
UPDATE_TRADE = Change(_TRADE + "UpdateTrade", UpdateTradeRequest, UpdateTradeResponse)
CLOSE_TRADE = Change(_TRADE + "CloseTrade", CloseTradeRequest, CloseTradeResponse)
PAUSE_TRADE = Change(_TRADE + "PauseTrade", PauseTradeRequest, PauseTradeResponse)
RESUME_TRADE = Change(_TRADE + "ResumeTrade", ResumeTradeRequest, ResumeTradeResponse)
EVALUATE_TRADE = Method(_TRADE + "EvaluateTrade", EvaluateTradeRequest, EvaluateTradeResponse)
LIST_STATE_HISTORY = Method(_TRADE + "ListStateHistory", ListStateHistoryRequest, ListStateHistoryResponse)
WATCH_TRADES = Once(_TRADE + "WatchTrades", WatchTradesRequest, WatchTradesResponse)

_MARKET_DATA = "/dtms.v1.MarketDataService/"
PUSH_MARKET_DATA = Method(_MARKET_DATA + "PushMarketData", PushMarketDataRequest, PushMarketDataResponse)
STREAM_MARKET_DATA = Once(
    _MARKET_DATA + "StreamMarketData", StreamMarketDataRequest, StreamMarketDataResponse
)
GET_MARKET_VIEW = Method(_MARKET_DATA + "GetMarketView", GetMarketViewRequest, GetMarketViewResponse)
LIST_MARKET_VIEWS = Method(
    _MARKET_DATA + "ListMarketViews", ListMarketViewsRequest, ListMarketViewsResponse
)
LIST_BARS = Method(_MARKET_DATA + "ListBars", ListBarsRequest, ListBarsResponse)
LIST_EVALUATIONS = Method(
    _MARKET_DATA + "ListEvaluations", ListEvaluationsRequest, ListEvaluationsResponse
)
UPSERT_INSTRUMENTS = Change(
    _MARKET_DATA + "UpsertInstruments", UpsertInstrumentsRequest, UpsertInstrumentsResponse
)
UPSERT_NEWS_EVENTS = Change(
    _MARKET_DATA + "UpsertNewsEvents", UpsertNewsEventsRequest, UpsertNewsEventsResponse
)

_ACTION = "/dtms.v1.ActionService/"
LEASE_ACTIONS = Once(_ACTION + "LeaseActions", LeaseActionsRequest, LeaseActionsResponse)
BEGIN_ACTION = Change(_ACTION + "BeginAction", BeginActionRequest, BeginActionResponse)
REPORT_ACTION = Method(_ACTION + "ReportAction", ReportActionRequest, ReportActionResponse)
EXTEND_LEASE = Method(_ACTION + "ExtendLease", ExtendLeaseRequest, ExtendLeaseResponse)
LIST_ACTIONS = Method(_ACTION + "ListActions", ListActionsRequest, ListActionsResponse)
RESOLVE_ACTION = Change(_ACTION + "ResolveAction", ResolveActionRequest, ResolveActionResponse)
REPLAY_ACTION = Change(_ACTION + "ReplayAction", ReplayActionRequest, ReplayActionResponse)

_ACCOUNT = "/dtms.v1.AccountService/"
UPSERT_ACCOUNT = Change(_ACCOUNT + "UpsertAccount", UpsertAccountRequest, UpsertAccountResponse)
REPORT_ACCOUNT = Method(_ACCOUNT + "ReportAccount", ReportAccountRequest, ReportAccountResponse)
RECONCILE_POSITIONS = Method(
    _ACCOUNT + "ReconcilePositions", ReconcilePositionsRequest, ReconcilePositionsResponse
)
SET_TRADING_STATE = Change(_ACCOUNT + "SetTradingState", SetTradingStateRequest, SetTradingStateResponse)
GET_RISK = Method(_ACCOUNT + "GetRisk", GetRiskRequest, GetRiskResponse)
LIST_ACCOUNTS = Method(_ACCOUNT + "ListAccounts", ListAccountsRequest, ListAccountsResponse)

_OWNERSHIP = "/dtms.v1.OwnershipService/"
ACQUIRE_MODIFICATION = Change(
    _OWNERSHIP + "AcquireModification", AcquireModificationRequest, AcquireModificationResponse
)
COMMIT_MODIFICATION = Change(
    _OWNERSHIP + "CommitModification", CommitModificationRequest, CommitModificationResponse
)
RELEASE_MODIFICATION = Change(
    _OWNERSHIP + "ReleaseModification", ReleaseModificationRequest, ReleaseModificationResponse
)
GET_OWNERSHIP = Method(_OWNERSHIP + "GetOwnership", GetOwnershipRequest, GetOwnershipResponse)
BATCH_GET_OWNERSHIP = Method(
    _OWNERSHIP + "BatchGetOwnership", BatchGetOwnershipRequest, BatchGetOwnershipResponse
)

_SYSTEM = "/dtms.v1.SystemService/"
GET_STATUS = Method(_SYSTEM + "GetStatus", GetStatusRequest, GetStatusResponse)
GET_PERFORMANCE = Method(_SYSTEM + "GetPerformance", GetPerformanceRequest, GetPerformanceResponse)
SET_LOG_LEVEL = Method(_SYSTEM + "SetLogLevel", SetLogLevelRequest, SetLogLevelResponse)
GET_CONFIG = Method(_SYSTEM + "GetConfig", GetConfigRequest, GetConfigResponse)
LIST_AUDIT_EVENTS = Method(_SYSTEM + "ListAuditEvents", ListAuditEventsRequest, ListAuditEventsResponse)
CREATE_API_KEY = Once(_SYSTEM + "CreateApiKey", CreateApiKeyRequest, CreateApiKeyResponse)
LIST_API_KEYS = Method(_SYSTEM + "ListApiKeys", ListApiKeysRequest, ListApiKeysResponse)
ROTATE_API_KEY = Once(_SYSTEM + "RotateApiKey", RotateApiKeyRequest, RotateApiKeyResponse)
REVOKE_API_KEY = Method(_SYSTEM + "RevokeApiKey", RevokeApiKeyRequest, RevokeApiKeyResponse)
