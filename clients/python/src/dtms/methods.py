# Generated from proto/dtms/v1 by scripts/python-methods.ts. Do not edit.
"""The methods of the service, and how each may be repeated: one table for both clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dtms.method import Change, Method, Once, Request, Response
from dtms.v1 import (
    account_service_pb2,
    action_service_pb2,
    feature_flag_pb2,
    market_data_service_pb2,
    notice_service_pb2,
    ownership_service_pb2,
    policy_service_pb2,
    rollout_pb2,
    system_service_pb2,
    trade_service_pb2,
)

if TYPE_CHECKING:
    from dtms.aio import AsyncCall
    from dtms.client import Call

UPSERT_ACCOUNT = Change(
    "/dtms.v1.AccountService/UpsertAccount",
    account_service_pb2.UpsertAccountRequest,
    account_service_pb2.UpsertAccountResponse,
)
REPORT_ACCOUNT = Method(
    "/dtms.v1.AccountService/ReportAccount",
    account_service_pb2.ReportAccountRequest,
    account_service_pb2.ReportAccountResponse,
)
RECONCILE_POSITIONS = Method(
    "/dtms.v1.AccountService/ReconcilePositions",
    account_service_pb2.ReconcilePositionsRequest,
    account_service_pb2.ReconcilePositionsResponse,
)
SET_TRADING_STATE = Change(
    "/dtms.v1.AccountService/SetTradingState",
    account_service_pb2.SetTradingStateRequest,
    account_service_pb2.SetTradingStateResponse,
)
SET_RAILS = Change(
    "/dtms.v1.AccountService/SetRails",
    account_service_pb2.SetRailsRequest,
    account_service_pb2.SetRailsResponse,
)
SET_ORDER_CAPS = Change(
    "/dtms.v1.AccountService/SetOrderCaps",
    account_service_pb2.SetOrderCapsRequest,
    account_service_pb2.SetOrderCapsResponse,
)
SET_ACCOUNT_KIND = Change(
    "/dtms.v1.AccountService/SetAccountKind",
    account_service_pb2.SetAccountKindRequest,
    account_service_pb2.SetAccountKindResponse,
)
SET_ACCOUNT_MODE = Change(
    "/dtms.v1.AccountService/SetAccountMode",
    account_service_pb2.SetAccountModeRequest,
    account_service_pb2.SetAccountModeResponse,
)
GET_RISK = Method(
    "/dtms.v1.AccountService/GetRisk", account_service_pb2.GetRiskRequest, account_service_pb2.GetRiskResponse
)
GET_EXPOSURE = Method(
    "/dtms.v1.AccountService/GetExposure",
    account_service_pb2.GetExposureRequest,
    account_service_pb2.GetExposureResponse,
)
GET_ACCOUNT_RESULT = Method(
    "/dtms.v1.AccountService/GetAccountResult",
    account_service_pb2.GetAccountResultRequest,
    account_service_pb2.GetAccountResultResponse,
)
LIST_DAILY_RESULTS = Method(
    "/dtms.v1.AccountService/ListDailyResults",
    account_service_pb2.ListDailyResultsRequest,
    account_service_pb2.ListDailyResultsResponse,
)
SUM_RESULTS = Method(
    "/dtms.v1.AccountService/SumResults",
    account_service_pb2.SumResultsRequest,
    account_service_pb2.SumResultsResponse,
)
LIST_ACCOUNTS = Method(
    "/dtms.v1.AccountService/ListAccounts",
    account_service_pb2.ListAccountsRequest,
    account_service_pb2.ListAccountsResponse,
)
LEASE_ACTIONS = Once(
    "/dtms.v1.ActionService/LeaseActions",
    action_service_pb2.LeaseActionsRequest,
    action_service_pb2.LeaseActionsResponse,
)
BEGIN_ACTION = Change(
    "/dtms.v1.ActionService/BeginAction",
    action_service_pb2.BeginActionRequest,
    action_service_pb2.BeginActionResponse,
)
REPORT_ACTION = Method(
    "/dtms.v1.ActionService/ReportAction",
    action_service_pb2.ReportActionRequest,
    action_service_pb2.ReportActionResponse,
)
EXTEND_LEASE = Method(
    "/dtms.v1.ActionService/ExtendLease",
    action_service_pb2.ExtendLeaseRequest,
    action_service_pb2.ExtendLeaseResponse,
)
LIST_ACTIONS = Method(
    "/dtms.v1.ActionService/ListActions",
    action_service_pb2.ListActionsRequest,
    action_service_pb2.ListActionsResponse,
)
CLOSE_POSITION = Change(
    "/dtms.v1.ActionService/ClosePosition",
    action_service_pb2.ClosePositionRequest,
    action_service_pb2.ClosePositionResponse,
)
RELEASE_HELD = Change(
    "/dtms.v1.ActionService/ReleaseHeld",
    action_service_pb2.ReleaseHeldRequest,
    action_service_pb2.ReleaseHeldResponse,
)
RESOLVE_ACTION = Change(
    "/dtms.v1.ActionService/ResolveAction",
    action_service_pb2.ResolveActionRequest,
    action_service_pb2.ResolveActionResponse,
)
REPLAY_ACTION = Change(
    "/dtms.v1.ActionService/ReplayAction",
    action_service_pb2.ReplayActionRequest,
    action_service_pb2.ReplayActionResponse,
)
PUSH_MARKET_DATA = Method(
    "/dtms.v1.MarketDataService/PushMarketData",
    market_data_service_pb2.PushMarketDataRequest,
    market_data_service_pb2.PushMarketDataResponse,
)
STREAM_MARKET_DATA = Once(
    "/dtms.v1.MarketDataService/StreamMarketData",
    market_data_service_pb2.StreamMarketDataRequest,
    market_data_service_pb2.StreamMarketDataResponse,
)
GET_MARKET_VIEW = Method(
    "/dtms.v1.MarketDataService/GetMarketView",
    market_data_service_pb2.GetMarketViewRequest,
    market_data_service_pb2.GetMarketViewResponse,
)
LIST_MARKET_VIEWS = Method(
    "/dtms.v1.MarketDataService/ListMarketViews",
    market_data_service_pb2.ListMarketViewsRequest,
    market_data_service_pb2.ListMarketViewsResponse,
)
LIST_BARS = Method(
    "/dtms.v1.MarketDataService/ListBars",
    market_data_service_pb2.ListBarsRequest,
    market_data_service_pb2.ListBarsResponse,
)
LIST_EVALUATIONS = Method(
    "/dtms.v1.MarketDataService/ListEvaluations",
    market_data_service_pb2.ListEvaluationsRequest,
    market_data_service_pb2.ListEvaluationsResponse,
)
UPSERT_FEED = Change(
    "/dtms.v1.MarketDataService/UpsertFeed",
    market_data_service_pb2.UpsertFeedRequest,
    market_data_service_pb2.UpsertFeedResponse,
)
LIST_FEEDS = Method(
    "/dtms.v1.MarketDataService/ListFeeds",
    market_data_service_pb2.ListFeedsRequest,
    market_data_service_pb2.ListFeedsResponse,
)
RESET_FEED = Change(
    "/dtms.v1.MarketDataService/ResetFeed",
    market_data_service_pb2.ResetFeedRequest,
    market_data_service_pb2.ResetFeedResponse,
)
DELETE_FEED = Change(
    "/dtms.v1.MarketDataService/DeleteFeed",
    market_data_service_pb2.DeleteFeedRequest,
    market_data_service_pb2.DeleteFeedResponse,
)
UPSERT_INSTRUMENTS = Change(
    "/dtms.v1.MarketDataService/UpsertInstruments",
    market_data_service_pb2.UpsertInstrumentsRequest,
    market_data_service_pb2.UpsertInstrumentsResponse,
)
DELETE_INSTRUMENTS = Change(
    "/dtms.v1.MarketDataService/DeleteInstruments",
    market_data_service_pb2.DeleteInstrumentsRequest,
    market_data_service_pb2.DeleteInstrumentsResponse,
)
DELETE_NEWS_EVENTS = Change(
    "/dtms.v1.MarketDataService/DeleteNewsEvents",
    market_data_service_pb2.DeleteNewsEventsRequest,
    market_data_service_pb2.DeleteNewsEventsResponse,
)
UPSERT_NEWS_EVENTS = Change(
    "/dtms.v1.MarketDataService/UpsertNewsEvents",
    market_data_service_pb2.UpsertNewsEventsRequest,
    market_data_service_pb2.UpsertNewsEventsResponse,
)
LIST_NOTICES = Method(
    "/dtms.v1.NoticeService/ListNotices",
    notice_service_pb2.ListNoticesRequest,
    notice_service_pb2.ListNoticesResponse,
)
LIST_DELIVERIES = Method(
    "/dtms.v1.NoticeService/ListDeliveries",
    notice_service_pb2.ListDeliveriesRequest,
    notice_service_pb2.ListDeliveriesResponse,
)
RETRY_DELIVERY = Method(
    "/dtms.v1.NoticeService/RetryDelivery",
    notice_service_pb2.RetryDeliveryRequest,
    notice_service_pb2.RetryDeliveryResponse,
)
TEST_NOTICE = Method(
    "/dtms.v1.NoticeService/TestNotice",
    notice_service_pb2.TestNoticeRequest,
    notice_service_pb2.TestNoticeResponse,
)
ACQUIRE_MODIFICATION = Change(
    "/dtms.v1.OwnershipService/AcquireModification",
    ownership_service_pb2.AcquireModificationRequest,
    ownership_service_pb2.AcquireModificationResponse,
)
COMMIT_MODIFICATION = Change(
    "/dtms.v1.OwnershipService/CommitModification",
    ownership_service_pb2.CommitModificationRequest,
    ownership_service_pb2.CommitModificationResponse,
)
RELEASE_MODIFICATION = Change(
    "/dtms.v1.OwnershipService/ReleaseModification",
    ownership_service_pb2.ReleaseModificationRequest,
    ownership_service_pb2.ReleaseModificationResponse,
)
GET_OWNERSHIP = Method(
    "/dtms.v1.OwnershipService/GetOwnership",
    ownership_service_pb2.GetOwnershipRequest,
    ownership_service_pb2.GetOwnershipResponse,
)
BATCH_GET_OWNERSHIP = Method(
    "/dtms.v1.OwnershipService/BatchGetOwnership",
    ownership_service_pb2.BatchGetOwnershipRequest,
    ownership_service_pb2.BatchGetOwnershipResponse,
)
UPSERT_POLICY = Method(
    "/dtms.v1.PolicyService/UpsertPolicy",
    policy_service_pb2.UpsertPolicyRequest,
    policy_service_pb2.UpsertPolicyResponse,
)
GET_POLICY = Method(
    "/dtms.v1.PolicyService/GetPolicy",
    policy_service_pb2.GetPolicyRequest,
    policy_service_pb2.GetPolicyResponse,
)
LIST_POLICIES = Method(
    "/dtms.v1.PolicyService/ListPolicies",
    policy_service_pb2.ListPoliciesRequest,
    policy_service_pb2.ListPoliciesResponse,
)
DELETE_POLICY = Method(
    "/dtms.v1.PolicyService/DeletePolicy",
    policy_service_pb2.DeletePolicyRequest,
    policy_service_pb2.DeletePolicyResponse,
)
ASSIGN_POLICY = Change(
    "/dtms.v1.PolicyService/AssignPolicy",
    policy_service_pb2.AssignPolicyRequest,
    policy_service_pb2.AssignPolicyResponse,
)
PREVIEW_POLICY = Method(
    "/dtms.v1.PolicyService/PreviewPolicy",
    policy_service_pb2.PreviewPolicyRequest,
    policy_service_pb2.PreviewPolicyResponse,
)
GET_STATUS = Method(
    "/dtms.v1.SystemService/GetStatus",
    system_service_pb2.GetStatusRequest,
    system_service_pb2.GetStatusResponse,
)
LIST_SERVERS = Method(
    "/dtms.v1.SystemService/ListServers",
    system_service_pb2.ListServersRequest,
    system_service_pb2.ListServersResponse,
)
VERIFY_SERVERS = Method(
    "/dtms.v1.SystemService/VerifyServers",
    system_service_pb2.VerifyServersRequest,
    system_service_pb2.VerifyServersResponse,
)
DIGEST_STATE = Method(
    "/dtms.v1.SystemService/DigestState",
    system_service_pb2.DigestStateRequest,
    system_service_pb2.DigestStateResponse,
)
LIST_ROLLOUTS = Method(
    "/dtms.v1.SystemService/ListRollouts", rollout_pb2.ListRolloutsRequest, rollout_pb2.ListRolloutsResponse
)
GET_ROLLOUT = Method(
    "/dtms.v1.SystemService/GetRollout", rollout_pb2.GetRolloutRequest, rollout_pb2.GetRolloutResponse
)
GET_CALLER = Method(
    "/dtms.v1.SystemService/GetCaller",
    system_service_pb2.GetCallerRequest,
    system_service_pb2.GetCallerResponse,
)
LIST_ALARMS = Method(
    "/dtms.v1.SystemService/ListAlarms",
    system_service_pb2.ListAlarmsRequest,
    system_service_pb2.ListAlarmsResponse,
)
MOVE_LEADER = Once(
    "/dtms.v1.SystemService/MoveLeader",
    system_service_pb2.MoveLeaderRequest,
    system_service_pb2.MoveLeaderResponse,
)
RELOAD_CONFIG = Method(
    "/dtms.v1.SystemService/ReloadConfig",
    system_service_pb2.ReloadConfigRequest,
    system_service_pb2.ReloadConfigResponse,
)
ROTATE_CLUSTER_SECRET = Method(
    "/dtms.v1.SystemService/RotateClusterSecret",
    system_service_pb2.RotateClusterSecretRequest,
    system_service_pb2.RotateClusterSecretResponse,
)
GET_CONFIG = Method(
    "/dtms.v1.SystemService/GetConfig",
    system_service_pb2.GetConfigRequest,
    system_service_pb2.GetConfigResponse,
)
LIST_FEATURE_FLAGS = Method(
    "/dtms.v1.SystemService/ListFeatureFlags",
    feature_flag_pb2.ListFeatureFlagsRequest,
    feature_flag_pb2.ListFeatureFlagsResponse,
)
SET_FEATURE_FLAG = Method(
    "/dtms.v1.SystemService/SetFeatureFlag",
    feature_flag_pb2.SetFeatureFlagRequest,
    feature_flag_pb2.SetFeatureFlagResponse,
)
CLEAR_FEATURE_FLAG = Method(
    "/dtms.v1.SystemService/ClearFeatureFlag",
    feature_flag_pb2.ClearFeatureFlagRequest,
    feature_flag_pb2.ClearFeatureFlagResponse,
)
GET_PERFORMANCE = Method(
    "/dtms.v1.SystemService/GetPerformance",
    system_service_pb2.GetPerformanceRequest,
    system_service_pb2.GetPerformanceResponse,
)
SET_LOG_LEVEL = Method(
    "/dtms.v1.SystemService/SetLogLevel",
    system_service_pb2.SetLogLevelRequest,
    system_service_pb2.SetLogLevelResponse,
)
LIST_AUDIT_EVENTS = Method(
    "/dtms.v1.SystemService/ListAuditEvents",
    system_service_pb2.ListAuditEventsRequest,
    system_service_pb2.ListAuditEventsResponse,
)
CREATE_API_KEY = Once(
    "/dtms.v1.SystemService/CreateApiKey",
    system_service_pb2.CreateApiKeyRequest,
    system_service_pb2.CreateApiKeyResponse,
)
LIST_API_KEYS = Method(
    "/dtms.v1.SystemService/ListApiKeys",
    system_service_pb2.ListApiKeysRequest,
    system_service_pb2.ListApiKeysResponse,
)
ROTATE_API_KEY = Once(
    "/dtms.v1.SystemService/RotateApiKey",
    system_service_pb2.RotateApiKeyRequest,
    system_service_pb2.RotateApiKeyResponse,
)
REVOKE_API_KEY = Method(
    "/dtms.v1.SystemService/RevokeApiKey",
    system_service_pb2.RevokeApiKeyRequest,
    system_service_pb2.RevokeApiKeyResponse,
)
REGISTER_TRADE = Method(
    "/dtms.v1.TradeService/RegisterTrade",
    trade_service_pb2.RegisterTradeRequest,
    trade_service_pb2.RegisterTradeResponse,
)
BATCH_REGISTER_TRADES = Method(
    "/dtms.v1.TradeService/BatchRegisterTrades",
    trade_service_pb2.BatchRegisterTradesRequest,
    trade_service_pb2.BatchRegisterTradesResponse,
)
GET_TRADE = Method(
    "/dtms.v1.TradeService/GetTrade", trade_service_pb2.GetTradeRequest, trade_service_pb2.GetTradeResponse
)
BATCH_GET_TRADES = Method(
    "/dtms.v1.TradeService/BatchGetTrades",
    trade_service_pb2.BatchGetTradesRequest,
    trade_service_pb2.BatchGetTradesResponse,
)
LIST_TRADES = Method(
    "/dtms.v1.TradeService/ListTrades",
    trade_service_pb2.ListTradesRequest,
    trade_service_pb2.ListTradesResponse,
)
LIST_TRADE_RESULTS = Method(
    "/dtms.v1.TradeService/ListTradeResults",
    trade_service_pb2.ListTradeResultsRequest,
    trade_service_pb2.ListTradeResultsResponse,
)
LIST_TRADE_EVENTS = Method(
    "/dtms.v1.TradeService/ListTradeEvents",
    trade_service_pb2.ListTradeEventsRequest,
    trade_service_pb2.ListTradeEventsResponse,
)
UPDATE_TRADE = Change(
    "/dtms.v1.TradeService/UpdateTrade",
    trade_service_pb2.UpdateTradeRequest,
    trade_service_pb2.UpdateTradeResponse,
)
CLOSE_TRADE = Change(
    "/dtms.v1.TradeService/CloseTrade",
    trade_service_pb2.CloseTradeRequest,
    trade_service_pb2.CloseTradeResponse,
)
PAUSE_TRADE = Change(
    "/dtms.v1.TradeService/PauseTrade",
    trade_service_pb2.PauseTradeRequest,
    trade_service_pb2.PauseTradeResponse,
)
RESUME_TRADE = Change(
    "/dtms.v1.TradeService/ResumeTrade",
    trade_service_pb2.ResumeTradeRequest,
    trade_service_pb2.ResumeTradeResponse,
)
EVALUATE_TRADE = Method(
    "/dtms.v1.TradeService/EvaluateTrade",
    trade_service_pb2.EvaluateTradeRequest,
    trade_service_pb2.EvaluateTradeResponse,
)
LIST_STATE_HISTORY = Method(
    "/dtms.v1.TradeService/ListStateHistory",
    trade_service_pb2.ListStateHistoryRequest,
    trade_service_pb2.ListStateHistoryResponse,
)
GET_EFFECT = Method(
    "/dtms.v1.TradeService/GetEffect", trade_service_pb2.GetEffectRequest, trade_service_pb2.GetEffectResponse
)
LIST_TRADE_EFFECTS = Method(
    "/dtms.v1.TradeService/ListTradeEffects",
    trade_service_pb2.ListTradeEffectsRequest,
    trade_service_pb2.ListTradeEffectsResponse,
)
WATCH_TRADES = Once(
    "/dtms.v1.TradeService/WatchTrades",
    trade_service_pb2.WatchTradesRequest,
    trade_service_pb2.WatchTradesResponse,
)


class Calls:
    """Every unary method of the service as a call."""

    def __init__(self, call: MakeCall) -> None:
        self.upsert_account = call(UPSERT_ACCOUNT)
        self.report_account = call(REPORT_ACCOUNT)
        self.reconcile_positions = call(RECONCILE_POSITIONS)
        self.set_trading_state = call(SET_TRADING_STATE)
        self.set_rails = call(SET_RAILS)
        self.set_order_caps = call(SET_ORDER_CAPS)
        self.set_account_kind = call(SET_ACCOUNT_KIND)
        self.set_account_mode = call(SET_ACCOUNT_MODE)
        self.get_risk = call(GET_RISK)
        self.get_exposure = call(GET_EXPOSURE)
        self.get_account_result = call(GET_ACCOUNT_RESULT)
        self.list_daily_results = call(LIST_DAILY_RESULTS)
        self.sum_results = call(SUM_RESULTS)
        self.list_accounts = call(LIST_ACCOUNTS)
        self.begin_action = call(BEGIN_ACTION)
        self.report_action = call(REPORT_ACTION)
        self.extend_lease = call(EXTEND_LEASE)
        self.list_actions = call(LIST_ACTIONS)
        self.close_position = call(CLOSE_POSITION)
        self.release_held = call(RELEASE_HELD)
        self.resolve_action = call(RESOLVE_ACTION)
        self.replay_action = call(REPLAY_ACTION)
        self.push_market_data = call(PUSH_MARKET_DATA)
        self.get_market_view = call(GET_MARKET_VIEW)
        self.list_market_views = call(LIST_MARKET_VIEWS)
        self.list_bars = call(LIST_BARS)
        self.list_evaluations = call(LIST_EVALUATIONS)
        self.upsert_feed = call(UPSERT_FEED)
        self.list_feeds = call(LIST_FEEDS)
        self.reset_feed = call(RESET_FEED)
        self.delete_feed = call(DELETE_FEED)
        self.upsert_instruments = call(UPSERT_INSTRUMENTS)
        self.delete_instruments = call(DELETE_INSTRUMENTS)
        self.delete_news_events = call(DELETE_NEWS_EVENTS)
        self.upsert_news_events = call(UPSERT_NEWS_EVENTS)
        self.list_notices = call(LIST_NOTICES)
        self.list_deliveries = call(LIST_DELIVERIES)
        self.retry_delivery = call(RETRY_DELIVERY)
        self.test_notice = call(TEST_NOTICE)
        self.acquire_modification = call(ACQUIRE_MODIFICATION)
        self.commit_modification = call(COMMIT_MODIFICATION)
        self.release_modification = call(RELEASE_MODIFICATION)
        self.get_ownership = call(GET_OWNERSHIP)
        self.batch_get_ownership = call(BATCH_GET_OWNERSHIP)
        self.upsert_policy = call(UPSERT_POLICY)
        self.get_policy = call(GET_POLICY)
        self.list_policies = call(LIST_POLICIES)
        self.delete_policy = call(DELETE_POLICY)
        self.assign_policy = call(ASSIGN_POLICY)
        self.preview_policy = call(PREVIEW_POLICY)
        self.get_status = call(GET_STATUS)
        self.list_servers = call(LIST_SERVERS)
        self.verify_servers = call(VERIFY_SERVERS)
        self.digest_state = call(DIGEST_STATE)
        self.list_rollouts = call(LIST_ROLLOUTS)
        self.get_rollout = call(GET_ROLLOUT)
        self.get_caller = call(GET_CALLER)
        self.list_alarms = call(LIST_ALARMS)
        self.move_leader = call(MOVE_LEADER)
        self.reload_config = call(RELOAD_CONFIG)
        self.rotate_cluster_secret = call(ROTATE_CLUSTER_SECRET)
        self.get_config = call(GET_CONFIG)
        self.list_feature_flags = call(LIST_FEATURE_FLAGS)
        self.set_feature_flag = call(SET_FEATURE_FLAG)
        self.clear_feature_flag = call(CLEAR_FEATURE_FLAG)
        self.get_performance = call(GET_PERFORMANCE)
        self.set_log_level = call(SET_LOG_LEVEL)
        self.list_audit_events = call(LIST_AUDIT_EVENTS)
        self.create_api_key = call(CREATE_API_KEY)
        self.list_api_keys = call(LIST_API_KEYS)
        self.rotate_api_key = call(ROTATE_API_KEY)
        self.revoke_api_key = call(REVOKE_API_KEY)
        self.register_trade = call(REGISTER_TRADE)
        self.batch_register_trades = call(BATCH_REGISTER_TRADES)
        self.get_trade = call(GET_TRADE)
        self.batch_get_trades = call(BATCH_GET_TRADES)
        self.list_trades = call(LIST_TRADES)
        self.list_trade_results = call(LIST_TRADE_RESULTS)
        self.list_trade_events = call(LIST_TRADE_EVENTS)
        self.update_trade = call(UPDATE_TRADE)
        self.close_trade = call(CLOSE_TRADE)
        self.pause_trade = call(PAUSE_TRADE)
        self.resume_trade = call(RESUME_TRADE)
        self.evaluate_trade = call(EVALUATE_TRADE)
        self.list_state_history = call(LIST_STATE_HISTORY)
        self.get_effect = call(GET_EFFECT)
        self.list_trade_effects = call(LIST_TRADE_EFFECTS)


class MakeCall(Protocol):
    """Makes the call of a method."""

    def __call__(self, method: Method[Request, Response], /) -> Call[Request, Response]: ...


class AsyncCalls:
    """Every unary method of the service as a call."""

    def __init__(self, call: MakeAsyncCall) -> None:
        self.upsert_account = call(UPSERT_ACCOUNT)
        self.report_account = call(REPORT_ACCOUNT)
        self.reconcile_positions = call(RECONCILE_POSITIONS)
        self.set_trading_state = call(SET_TRADING_STATE)
        self.set_rails = call(SET_RAILS)
        self.set_order_caps = call(SET_ORDER_CAPS)
        self.set_account_kind = call(SET_ACCOUNT_KIND)
        self.set_account_mode = call(SET_ACCOUNT_MODE)
        self.get_risk = call(GET_RISK)
        self.get_exposure = call(GET_EXPOSURE)
        self.get_account_result = call(GET_ACCOUNT_RESULT)
        self.list_daily_results = call(LIST_DAILY_RESULTS)
        self.sum_results = call(SUM_RESULTS)
        self.list_accounts = call(LIST_ACCOUNTS)
        self.begin_action = call(BEGIN_ACTION)
        self.report_action = call(REPORT_ACTION)
        self.extend_lease = call(EXTEND_LEASE)
        self.list_actions = call(LIST_ACTIONS)
        self.close_position = call(CLOSE_POSITION)
        self.release_held = call(RELEASE_HELD)
        self.resolve_action = call(RESOLVE_ACTION)
        self.replay_action = call(REPLAY_ACTION)
        self.push_market_data = call(PUSH_MARKET_DATA)
        self.get_market_view = call(GET_MARKET_VIEW)
        self.list_market_views = call(LIST_MARKET_VIEWS)
        self.list_bars = call(LIST_BARS)
        self.list_evaluations = call(LIST_EVALUATIONS)
        self.upsert_feed = call(UPSERT_FEED)
        self.list_feeds = call(LIST_FEEDS)
        self.reset_feed = call(RESET_FEED)
        self.delete_feed = call(DELETE_FEED)
        self.upsert_instruments = call(UPSERT_INSTRUMENTS)
        self.delete_instruments = call(DELETE_INSTRUMENTS)
        self.delete_news_events = call(DELETE_NEWS_EVENTS)
        self.upsert_news_events = call(UPSERT_NEWS_EVENTS)
        self.list_notices = call(LIST_NOTICES)
        self.list_deliveries = call(LIST_DELIVERIES)
        self.retry_delivery = call(RETRY_DELIVERY)
        self.test_notice = call(TEST_NOTICE)
        self.acquire_modification = call(ACQUIRE_MODIFICATION)
        self.commit_modification = call(COMMIT_MODIFICATION)
        self.release_modification = call(RELEASE_MODIFICATION)
        self.get_ownership = call(GET_OWNERSHIP)
        self.batch_get_ownership = call(BATCH_GET_OWNERSHIP)
        self.upsert_policy = call(UPSERT_POLICY)
        self.get_policy = call(GET_POLICY)
        self.list_policies = call(LIST_POLICIES)
        self.delete_policy = call(DELETE_POLICY)
        self.assign_policy = call(ASSIGN_POLICY)
        self.preview_policy = call(PREVIEW_POLICY)
        self.get_status = call(GET_STATUS)
        self.list_servers = call(LIST_SERVERS)
        self.verify_servers = call(VERIFY_SERVERS)
        self.digest_state = call(DIGEST_STATE)
        self.list_rollouts = call(LIST_ROLLOUTS)
        self.get_rollout = call(GET_ROLLOUT)
        self.get_caller = call(GET_CALLER)
        self.list_alarms = call(LIST_ALARMS)
        self.move_leader = call(MOVE_LEADER)
        self.reload_config = call(RELOAD_CONFIG)
        self.rotate_cluster_secret = call(ROTATE_CLUSTER_SECRET)
        self.get_config = call(GET_CONFIG)
        self.list_feature_flags = call(LIST_FEATURE_FLAGS)
        self.set_feature_flag = call(SET_FEATURE_FLAG)
        self.clear_feature_flag = call(CLEAR_FEATURE_FLAG)
        self.get_performance = call(GET_PERFORMANCE)
        self.set_log_level = call(SET_LOG_LEVEL)
        self.list_audit_events = call(LIST_AUDIT_EVENTS)
        self.create_api_key = call(CREATE_API_KEY)
        self.list_api_keys = call(LIST_API_KEYS)
        self.rotate_api_key = call(ROTATE_API_KEY)
        self.revoke_api_key = call(REVOKE_API_KEY)
        self.register_trade = call(REGISTER_TRADE)
        self.batch_register_trades = call(BATCH_REGISTER_TRADES)
        self.get_trade = call(GET_TRADE)
        self.batch_get_trades = call(BATCH_GET_TRADES)
        self.list_trades = call(LIST_TRADES)
        self.list_trade_results = call(LIST_TRADE_RESULTS)
        self.list_trade_events = call(LIST_TRADE_EVENTS)
        self.update_trade = call(UPDATE_TRADE)
        self.close_trade = call(CLOSE_TRADE)
        self.pause_trade = call(PAUSE_TRADE)
        self.resume_trade = call(RESUME_TRADE)
        self.evaluate_trade = call(EVALUATE_TRADE)
        self.list_state_history = call(LIST_STATE_HISTORY)
        self.get_effect = call(GET_EFFECT)
        self.list_trade_effects = call(LIST_TRADE_EFFECTS)


class MakeAsyncCall(Protocol):
    """Makes the call of a method."""

    def __call__(self, method: Method[Request, Response], /) -> AsyncCall[Request, Response]: ...
