import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import event_pb2 as _event_pb2
from dtms.v1 import lists_pb2 as _lists_pb2
from dtms.v1 import results_pb2 as _results_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MarginMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARGIN_MODE_UNSPECIFIED: _ClassVar[MarginMode]
    MARGIN_MODE_HEDGING: _ClassVar[MarginMode]
    MARGIN_MODE_NETTING: _ClassVar[MarginMode]

class TradingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADING_STATE_UNSPECIFIED: _ClassVar[TradingState]
    TRADING_STATE_ACTIVE: _ClassVar[TradingState]
    TRADING_STATE_REDUCING: _ClassVar[TradingState]
    TRADING_STATE_HALTED: _ClassVar[TradingState]

class AccountKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_KIND_UNSPECIFIED: _ClassVar[AccountKind]
    ACCOUNT_KIND_REAL: _ClassVar[AccountKind]
    ACCOUNT_KIND_PAPER: _ClassVar[AccountKind]

class AccountMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_MODE_UNSPECIFIED: _ClassVar[AccountMode]
    ACCOUNT_MODE_ENFORCE: _ClassVar[AccountMode]
    ACCOUNT_MODE_OBSERVE: _ClassVar[AccountMode]

class BalanceOperationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BALANCE_OPERATION_KIND_UNSPECIFIED: _ClassVar[BalanceOperationKind]
    BALANCE_OPERATION_KIND_BALANCE: _ClassVar[BalanceOperationKind]
    BALANCE_OPERATION_KIND_CREDIT: _ClassVar[BalanceOperationKind]
    BALANCE_OPERATION_KIND_CORRECTION: _ClassVar[BalanceOperationKind]
    BALANCE_OPERATION_KIND_BONUS: _ClassVar[BalanceOperationKind]

class DealEntry(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAL_ENTRY_UNSPECIFIED: _ClassVar[DealEntry]
    DEAL_ENTRY_IN: _ClassVar[DealEntry]
    DEAL_ENTRY_OUT: _ClassVar[DealEntry]
    DEAL_ENTRY_INOUT: _ClassVar[DealEntry]

class DealReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAL_REASON_UNSPECIFIED: _ClassVar[DealReason]
    DEAL_REASON_CLIENT: _ClassVar[DealReason]
    DEAL_REASON_STOP_LOSS: _ClassVar[DealReason]
    DEAL_REASON_TAKE_PROFIT: _ClassVar[DealReason]
    DEAL_REASON_STOP_OUT: _ClassVar[DealReason]

class RailAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RAIL_ACTION_UNSPECIFIED: _ClassVar[RailAction]
    RAIL_ACTION_REDUCE: _ClassVar[RailAction]
    RAIL_ACTION_FLATTEN: _ClassVar[RailAction]
    RAIL_ACTION_HALT: _ClassVar[RailAction]

class Rail(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RAIL_UNSPECIFIED: _ClassVar[Rail]
    RAIL_DAILY_LOSS: _ClassVar[Rail]
    RAIL_HOURLY_LOSS: _ClassVar[Rail]
    RAIL_STOP_STREAK: _ClassVar[Rail]
    RAIL_DAILY_PROFIT: _ClassVar[Rail]

class MassEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASS_EFFECT_UNSPECIFIED: _ClassVar[MassEffect]
    MASS_EFFECT_CLOSE: _ClassVar[MassEffect]
    MASS_EFFECT_HEDGE: _ClassVar[MassEffect]
    MASS_EFFECT_GONE: _ClassVar[MassEffect]

class UndefendedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNDEFENDED_REASON_UNSPECIFIED: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_NOT_REGISTERED: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_UNEXPLAINED: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_SURPLUS_HEDGE: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_TRADE_CLOSED: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_UNREADABLE: _ClassVar[UndefendedReason]
    UNDEFENDED_REASON_SWITCHED_OFF: _ClassVar[UndefendedReason]
MARGIN_MODE_UNSPECIFIED: MarginMode
MARGIN_MODE_HEDGING: MarginMode
MARGIN_MODE_NETTING: MarginMode
TRADING_STATE_UNSPECIFIED: TradingState
TRADING_STATE_ACTIVE: TradingState
TRADING_STATE_REDUCING: TradingState
TRADING_STATE_HALTED: TradingState
ACCOUNT_KIND_UNSPECIFIED: AccountKind
ACCOUNT_KIND_REAL: AccountKind
ACCOUNT_KIND_PAPER: AccountKind
ACCOUNT_MODE_UNSPECIFIED: AccountMode
ACCOUNT_MODE_ENFORCE: AccountMode
ACCOUNT_MODE_OBSERVE: AccountMode
BALANCE_OPERATION_KIND_UNSPECIFIED: BalanceOperationKind
BALANCE_OPERATION_KIND_BALANCE: BalanceOperationKind
BALANCE_OPERATION_KIND_CREDIT: BalanceOperationKind
BALANCE_OPERATION_KIND_CORRECTION: BalanceOperationKind
BALANCE_OPERATION_KIND_BONUS: BalanceOperationKind
DEAL_ENTRY_UNSPECIFIED: DealEntry
DEAL_ENTRY_IN: DealEntry
DEAL_ENTRY_OUT: DealEntry
DEAL_ENTRY_INOUT: DealEntry
DEAL_REASON_UNSPECIFIED: DealReason
DEAL_REASON_CLIENT: DealReason
DEAL_REASON_STOP_LOSS: DealReason
DEAL_REASON_TAKE_PROFIT: DealReason
DEAL_REASON_STOP_OUT: DealReason
RAIL_ACTION_UNSPECIFIED: RailAction
RAIL_ACTION_REDUCE: RailAction
RAIL_ACTION_FLATTEN: RailAction
RAIL_ACTION_HALT: RailAction
RAIL_UNSPECIFIED: Rail
RAIL_DAILY_LOSS: Rail
RAIL_HOURLY_LOSS: Rail
RAIL_STOP_STREAK: Rail
RAIL_DAILY_PROFIT: Rail
MASS_EFFECT_UNSPECIFIED: MassEffect
MASS_EFFECT_CLOSE: MassEffect
MASS_EFFECT_HEDGE: MassEffect
MASS_EFFECT_GONE: MassEffect
UNDEFENDED_REASON_UNSPECIFIED: UndefendedReason
UNDEFENDED_REASON_NOT_REGISTERED: UndefendedReason
UNDEFENDED_REASON_UNEXPLAINED: UndefendedReason
UNDEFENDED_REASON_SURPLUS_HEDGE: UndefendedReason
UNDEFENDED_REASON_TRADE_CLOSED: UndefendedReason
UNDEFENDED_REASON_UNREADABLE: UndefendedReason
UNDEFENDED_REASON_SWITCHED_OFF: UndefendedReason

class UpsertAccountRequest(_message.Message):
    __slots__ = ("account", "margin_mode", "fifo", "hedge_adds_margin", "request_id", "feeds", "currency")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    MARGIN_MODE_FIELD_NUMBER: _ClassVar[int]
    FIFO_FIELD_NUMBER: _ClassVar[int]
    HEDGE_ADDS_MARGIN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    account: str
    margin_mode: MarginMode
    fifo: bool
    hedge_adds_margin: bool
    request_id: str
    feeds: _containers.RepeatedScalarFieldContainer[str]
    currency: str
    def __init__(self, account: _Optional[str] = ..., margin_mode: _Optional[_Union[MarginMode, str]] = ..., fifo: bool = ..., hedge_adds_margin: bool = ..., request_id: _Optional[str] = ..., feeds: _Optional[_Iterable[str]] = ..., currency: _Optional[str] = ...) -> None: ...

class UpsertAccountResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class BalanceOperation(_message.Message):
    __slots__ = ("deal", "kind", "amount", "time")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    deal: int
    kind: BalanceOperationKind
    amount: float
    time: _timestamp_pb2.Timestamp
    def __init__(self, deal: _Optional[int] = ..., kind: _Optional[_Union[BalanceOperationKind, str]] = ..., amount: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportAccountRequest(_message.Message):
    __slots__ = ("account", "bridge_id", "terminal_account", "connected", "trade_allowed", "equity", "balance", "utc_offset_minutes", "reported_at", "kind", "tells_operations", "operations", "demo", "currency")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_ID_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    TRADE_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TELLS_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    DEMO_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    account: str
    bridge_id: str
    terminal_account: str
    connected: bool
    trade_allowed: bool
    equity: float
    balance: float
    utc_offset_minutes: int
    reported_at: _timestamp_pb2.Timestamp
    kind: AccountKind
    tells_operations: bool
    operations: _containers.RepeatedCompositeFieldContainer[BalanceOperation]
    demo: bool
    currency: str
    def __init__(self, account: _Optional[str] = ..., bridge_id: _Optional[str] = ..., terminal_account: _Optional[str] = ..., connected: bool = ..., trade_allowed: bool = ..., equity: _Optional[float] = ..., balance: _Optional[float] = ..., utc_offset_minutes: _Optional[int] = ..., reported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., tells_operations: bool = ..., operations: _Optional[_Iterable[_Union[BalanceOperation, _Mapping]]] = ..., demo: bool = ..., currency: _Optional[str] = ...) -> None: ...

class ReportAccountResponse(_message.Message):
    __slots__ = ("trading_state", "ready", "obstacle", "mode")
    TRADING_STATE_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    trading_state: TradingState
    ready: bool
    obstacle: str
    mode: AccountMode
    def __init__(self, trading_state: _Optional[_Union[TradingState, str]] = ..., ready: bool = ..., obstacle: _Optional[str] = ..., mode: _Optional[_Union[AccountMode, str]] = ...) -> None: ...

class BrokerPosition(_message.Message):
    __slots__ = ("identifier", "ticket", "symbol", "direction", "volume", "entry_price", "stop_loss", "take_profit", "magic_number", "comment", "opened_at", "swap")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    SWAP_FIELD_NUMBER: _ClassVar[int]
    identifier: int
    ticket: int
    symbol: str
    direction: _types_pb2.Direction
    volume: float
    entry_price: float
    stop_loss: float
    take_profit: float
    magic_number: int
    comment: str
    opened_at: _timestamp_pb2.Timestamp
    swap: float
    def __init__(self, identifier: _Optional[int] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., volume: _Optional[float] = ..., entry_price: _Optional[float] = ..., stop_loss: _Optional[float] = ..., take_profit: _Optional[float] = ..., magic_number: _Optional[int] = ..., comment: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., swap: _Optional[float] = ...) -> None: ...

class DealMoney(_message.Message):
    __slots__ = ("profit", "commission", "swap", "fee")
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    SWAP_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    profit: float
    commission: float
    swap: float
    fee: float
    def __init__(self, profit: _Optional[float] = ..., commission: _Optional[float] = ..., swap: _Optional[float] = ..., fee: _Optional[float] = ...) -> None: ...

class BrokerDeal(_message.Message):
    __slots__ = ("deal", "position_identifier", "symbol", "entry", "direction", "volume", "price", "magic_number", "comment", "reason", "time", "money")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    POSITION_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    MONEY_FIELD_NUMBER: _ClassVar[int]
    deal: int
    position_identifier: int
    symbol: str
    entry: DealEntry
    direction: _types_pb2.Direction
    volume: float
    price: float
    magic_number: int
    comment: str
    reason: DealReason
    time: _timestamp_pb2.Timestamp
    money: DealMoney
    def __init__(self, deal: _Optional[int] = ..., position_identifier: _Optional[int] = ..., symbol: _Optional[str] = ..., entry: _Optional[_Union[DealEntry, str]] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., volume: _Optional[float] = ..., price: _Optional[float] = ..., magic_number: _Optional[int] = ..., comment: _Optional[str] = ..., reason: _Optional[_Union[DealReason, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., money: _Optional[_Union[DealMoney, _Mapping]] = ...) -> None: ...

class ReconcilePositionsRequest(_message.Message):
    __slots__ = ("account", "bridge_id", "taken_at", "complete", "positions", "deals", "deals_since", "sequence")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_ID_FIELD_NUMBER: _ClassVar[int]
    TAKEN_AT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    DEALS_FIELD_NUMBER: _ClassVar[int]
    DEALS_SINCE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account: str
    bridge_id: str
    taken_at: _timestamp_pb2.Timestamp
    complete: bool
    positions: _containers.RepeatedCompositeFieldContainer[BrokerPosition]
    deals: _containers.RepeatedCompositeFieldContainer[BrokerDeal]
    deals_since: _timestamp_pb2.Timestamp
    sequence: int
    def __init__(self, account: _Optional[str] = ..., bridge_id: _Optional[str] = ..., taken_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete: bool = ..., positions: _Optional[_Iterable[_Union[BrokerPosition, _Mapping]]] = ..., deals: _Optional[_Iterable[_Union[BrokerDeal, _Mapping]]] = ..., deals_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sequence: _Optional[int] = ...) -> None: ...

class ReconcilePositionsResponse(_message.Message):
    __slots__ = ("probe", "drifts", "registered", "closed", "settled_action_ids", "revision", "rejected")
    PROBE_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    SETTLED_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    probe: _containers.RepeatedScalarFieldContainer[int]
    drifts: _containers.RepeatedCompositeFieldContainer[PositionDrift]
    registered: _containers.RepeatedScalarFieldContainer[int]
    closed: _containers.RepeatedScalarFieldContainer[int]
    settled_action_ids: _containers.RepeatedScalarFieldContainer[str]
    revision: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedPart]
    def __init__(self, probe: _Optional[_Iterable[int]] = ..., drifts: _Optional[_Iterable[_Union[PositionDrift, _Mapping]]] = ..., registered: _Optional[_Iterable[int]] = ..., closed: _Optional[_Iterable[int]] = ..., settled_action_ids: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedPart, _Mapping]]] = ...) -> None: ...

class RejectedPart(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class PositionDrift(_message.Message):
    __slots__ = ("ticket", "drift", "note")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    drift: _event_pb2.Drift
    note: str
    def __init__(self, ticket: _Optional[int] = ..., drift: _Optional[_Union[_event_pb2.Drift, str]] = ..., note: _Optional[str] = ...) -> None: ...

class SetTradingStateRequest(_message.Message):
    __slots__ = ("account", "state", "by", "reason", "request_id", "allow_new")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NEW_FIELD_NUMBER: _ClassVar[int]
    account: str
    state: TradingState
    by: str
    reason: str
    request_id: str
    allow_new: bool
    def __init__(self, account: _Optional[str] = ..., state: _Optional[_Union[TradingState, str]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., allow_new: bool = ...) -> None: ...

class SetTradingStateResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class SetRailsRequest(_message.Message):
    __slots__ = ("account", "daily_loss", "hourly_loss", "stop_streak", "daily_profit", "on_trip", "request_id", "by", "reason", "allow_new")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DAILY_LOSS_FIELD_NUMBER: _ClassVar[int]
    HOURLY_LOSS_FIELD_NUMBER: _ClassVar[int]
    STOP_STREAK_FIELD_NUMBER: _ClassVar[int]
    DAILY_PROFIT_FIELD_NUMBER: _ClassVar[int]
    ON_TRIP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NEW_FIELD_NUMBER: _ClassVar[int]
    account: str
    daily_loss: float
    hourly_loss: float
    stop_streak: int
    daily_profit: float
    on_trip: RailAction
    request_id: str
    by: str
    reason: str
    allow_new: bool
    def __init__(self, account: _Optional[str] = ..., daily_loss: _Optional[float] = ..., hourly_loss: _Optional[float] = ..., stop_streak: _Optional[int] = ..., daily_profit: _Optional[float] = ..., on_trip: _Optional[_Union[RailAction, str]] = ..., request_id: _Optional[str] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., allow_new: bool = ...) -> None: ...

class SetRailsResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class OrderCaps(_message.Message):
    __slots__ = ("volume", "notional", "orders_per_minute")
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ORDERS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    volume: float
    notional: float
    orders_per_minute: int
    def __init__(self, volume: _Optional[float] = ..., notional: _Optional[float] = ..., orders_per_minute: _Optional[int] = ...) -> None: ...

class SetOrderCapsRequest(_message.Message):
    __slots__ = ("account", "volume", "notional", "orders_per_minute", "by", "reason", "request_id", "allow_new")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ORDERS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NEW_FIELD_NUMBER: _ClassVar[int]
    account: str
    volume: float
    notional: float
    orders_per_minute: int
    by: str
    reason: str
    request_id: str
    allow_new: bool
    def __init__(self, account: _Optional[str] = ..., volume: _Optional[float] = ..., notional: _Optional[float] = ..., orders_per_minute: _Optional[int] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., allow_new: bool = ...) -> None: ...

class SetOrderCapsResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class SetAccountKindRequest(_message.Message):
    __slots__ = ("account", "kind", "by", "reason", "request_id", "allow_new")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NEW_FIELD_NUMBER: _ClassVar[int]
    account: str
    kind: AccountKind
    by: str
    reason: str
    request_id: str
    allow_new: bool
    def __init__(self, account: _Optional[str] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., allow_new: bool = ...) -> None: ...

class SetAccountKindResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class SetAccountModeRequest(_message.Message):
    __slots__ = ("account", "mode", "by", "reason", "request_id", "allow_new")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NEW_FIELD_NUMBER: _ClassVar[int]
    account: str
    mode: AccountMode
    by: str
    reason: str
    request_id: str
    allow_new: bool
    def __init__(self, account: _Optional[str] = ..., mode: _Optional[_Union[AccountMode, str]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., allow_new: bool = ...) -> None: ...

class SetAccountModeResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class GetRiskRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class GetRiskResponse(_message.Message):
    __slots__ = ("risk",)
    RISK_FIELD_NUMBER: _ClassVar[int]
    risk: AccountRisk
    def __init__(self, risk: _Optional[_Union[AccountRisk, _Mapping]] = ...) -> None: ...

class GetExposureRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class HeldValue(_message.Message):
    __slots__ = ("value", "positions", "unknown", "share")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    value: str
    positions: int
    unknown: int
    share: float
    def __init__(self, value: _Optional[str] = ..., positions: _Optional[int] = ..., unknown: _Optional[int] = ..., share: _Optional[float] = ...) -> None: ...

class CurrencyExposure(_message.Message):
    __slots__ = ("currency", "held")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    currency: str
    held: HeldValue
    def __init__(self, currency: _Optional[str] = ..., held: _Optional[_Union[HeldValue, _Mapping]] = ...) -> None: ...

class CorrelatedSymbol(_message.Message):
    __slots__ = ("symbol", "correlation", "bars")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    correlation: float
    bars: int
    def __init__(self, symbol: _Optional[str] = ..., correlation: _Optional[float] = ..., bars: _Optional[int] = ...) -> None: ...

class SymbolExposure(_message.Message):
    __slots__ = ("symbol", "held", "others", "together", "obstacle")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    TOGETHER_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    held: HeldValue
    others: _containers.RepeatedCompositeFieldContainer[CorrelatedSymbol]
    together: HeldValue
    obstacle: _results_pb2.MoneyObstacle
    def __init__(self, symbol: _Optional[str] = ..., held: _Optional[_Union[HeldValue, _Mapping]] = ..., others: _Optional[_Iterable[_Union[CorrelatedSymbol, _Mapping]]] = ..., together: _Optional[_Union[HeldValue, _Mapping]] = ..., obstacle: _Optional[_Union[_results_pb2.MoneyObstacle, str]] = ...) -> None: ...

class ExposureLimits(_message.Message):
    __slots__ = ("currency_limit", "correlated_limit", "window_bars", "least_bars", "correlation_least")
    CURRENCY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    CORRELATED_LIMIT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BARS_FIELD_NUMBER: _ClassVar[int]
    LEAST_BARS_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_LEAST_FIELD_NUMBER: _ClassVar[int]
    currency_limit: float
    correlated_limit: float
    window_bars: int
    least_bars: int
    correlation_least: float
    def __init__(self, currency_limit: _Optional[float] = ..., correlated_limit: _Optional[float] = ..., window_bars: _Optional[int] = ..., least_bars: _Optional[int] = ..., correlation_least: _Optional[float] = ...) -> None: ...

class GetExposureResponse(_message.Message):
    __slots__ = ("currency", "equity", "currencies", "symbols", "limits", "beyond")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    BEYOND_FIELD_NUMBER: _ClassVar[int]
    currency: str
    equity: float
    currencies: _containers.RepeatedCompositeFieldContainer[CurrencyExposure]
    symbols: _containers.RepeatedCompositeFieldContainer[SymbolExposure]
    limits: ExposureLimits
    beyond: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, currency: _Optional[str] = ..., equity: _Optional[float] = ..., currencies: _Optional[_Iterable[_Union[CurrencyExposure, _Mapping]]] = ..., symbols: _Optional[_Iterable[_Union[SymbolExposure, _Mapping]]] = ..., limits: _Optional[_Union[ExposureLimits, _Mapping]] = ..., beyond: _Optional[_Iterable[str]] = ...) -> None: ...

class GetAccountResultRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class GetAccountResultResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: _results_pb2.AccountResult
    def __init__(self, result: _Optional[_Union[_results_pb2.AccountResult, _Mapping]] = ...) -> None: ...

class ListDailyResultsRequest(_message.Message):
    __slots__ = ("account", "start_time", "end_time")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    account: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDailyResultsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_results_pb2.DailyResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_results_pb2.DailyResult, _Mapping]]] = ...) -> None: ...

class SumResultsRequest(_message.Message):
    __slots__ = ("account", "by", "start_time", "end_time")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    account: str
    by: _containers.RepeatedScalarFieldContainer[_results_pb2.ResultGrouping]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., by: _Optional[_Iterable[_Union[_results_pb2.ResultGrouping, str]]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SumResultsResponse(_message.Message):
    __slots__ = ("groups",)
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[_results_pb2.ResultGroup]
    def __init__(self, groups: _Optional[_Iterable[_Union[_results_pb2.ResultGroup, _Mapping]]] = ...) -> None: ...

class RailState(_message.Message):
    __slots__ = ("rail", "value", "limit", "tripped_at", "holds_until", "acted_at")
    RAIL_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TRIPPED_AT_FIELD_NUMBER: _ClassVar[int]
    HOLDS_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    rail: Rail
    value: float
    limit: float
    tripped_at: _timestamp_pb2.Timestamp
    holds_until: _timestamp_pb2.Timestamp
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, rail: _Optional[_Union[Rail, str]] = ..., value: _Optional[float] = ..., limit: _Optional[float] = ..., tripped_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., holds_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BridgeState(_message.Message):
    __slots__ = ("bridge_id", "seen_at", "ready", "obstacle")
    BRIDGE_ID_FIELD_NUMBER: _ClassVar[int]
    SEEN_AT_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    bridge_id: str
    seen_at: _timestamp_pb2.Timestamp
    ready: bool
    obstacle: str
    def __init__(self, bridge_id: _Optional[str] = ..., seen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ready: bool = ..., obstacle: _Optional[str] = ...) -> None: ...

class HeldEffect(_message.Message):
    __slots__ = ("effect", "reason", "since", "tickets")
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    effect: MassEffect
    reason: str
    since: _timestamp_pb2.Timestamp
    tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, effect: _Optional[_Union[MassEffect, str]] = ..., reason: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class UndefendedPosition(_message.Message):
    __slots__ = ("identifier", "symbol", "direction", "volume", "reason", "note")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    identifier: int
    symbol: str
    direction: _types_pb2.Direction
    volume: float
    reason: UndefendedReason
    note: str
    def __init__(self, identifier: _Optional[int] = ..., symbol: _Optional[str] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., volume: _Optional[float] = ..., reason: _Optional[_Union[UndefendedReason, str]] = ..., note: _Optional[str] = ...) -> None: ...

class AccountRisk(_message.Message):
    __slots__ = ("account", "margin_mode", "fifo", "hedge_adds_margin", "trading_state", "person_state", "person", "person_reason", "equity", "balance", "reported_at", "rails", "bridges", "active_trades", "open_actions", "open_risk", "reconciled_at", "utc_offset_minutes", "held", "operations_told", "on_trip", "on_trip_obstacle", "order_caps", "unshown_actions", "kind", "unproven_payments", "unproven_at", "undefended_count", "undefended_positions", "mode", "mode_reason", "currency", "open_risk_unknown")
    class OpenActionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    MARGIN_MODE_FIELD_NUMBER: _ClassVar[int]
    FIFO_FIELD_NUMBER: _ClassVar[int]
    HEDGE_ADDS_MARGIN_FIELD_NUMBER: _ClassVar[int]
    TRADING_STATE_FIELD_NUMBER: _ClassVar[int]
    PERSON_STATE_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    PERSON_REASON_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    RAILS_FIELD_NUMBER: _ClassVar[int]
    BRIDGES_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TRADES_FIELD_NUMBER: _ClassVar[int]
    OPEN_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    OPEN_RISK_FIELD_NUMBER: _ClassVar[int]
    RECONCILED_AT_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_TOLD_FIELD_NUMBER: _ClassVar[int]
    ON_TRIP_FIELD_NUMBER: _ClassVar[int]
    ON_TRIP_OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    ORDER_CAPS_FIELD_NUMBER: _ClassVar[int]
    UNSHOWN_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    UNPROVEN_PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    UNPROVEN_AT_FIELD_NUMBER: _ClassVar[int]
    UNDEFENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNDEFENDED_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    MODE_REASON_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OPEN_RISK_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    account: str
    margin_mode: MarginMode
    fifo: bool
    hedge_adds_margin: bool
    trading_state: TradingState
    person_state: TradingState
    person: str
    person_reason: str
    equity: float
    balance: float
    reported_at: _timestamp_pb2.Timestamp
    rails: _containers.RepeatedCompositeFieldContainer[RailState]
    bridges: _containers.RepeatedCompositeFieldContainer[BridgeState]
    active_trades: int
    open_actions: _containers.ScalarMap[str, int]
    open_risk: float
    reconciled_at: _timestamp_pb2.Timestamp
    utc_offset_minutes: int
    held: _containers.RepeatedCompositeFieldContainer[HeldEffect]
    operations_told: bool
    on_trip: RailAction
    on_trip_obstacle: str
    order_caps: OrderCaps
    unshown_actions: int
    kind: AccountKind
    unproven_payments: float
    unproven_at: _timestamp_pb2.Timestamp
    undefended_count: int
    undefended_positions: _containers.RepeatedCompositeFieldContainer[UndefendedPosition]
    mode: AccountMode
    mode_reason: str
    currency: str
    open_risk_unknown: int
    def __init__(self, account: _Optional[str] = ..., margin_mode: _Optional[_Union[MarginMode, str]] = ..., fifo: bool = ..., hedge_adds_margin: bool = ..., trading_state: _Optional[_Union[TradingState, str]] = ..., person_state: _Optional[_Union[TradingState, str]] = ..., person: _Optional[str] = ..., person_reason: _Optional[str] = ..., equity: _Optional[float] = ..., balance: _Optional[float] = ..., reported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rails: _Optional[_Iterable[_Union[RailState, _Mapping]]] = ..., bridges: _Optional[_Iterable[_Union[BridgeState, _Mapping]]] = ..., active_trades: _Optional[int] = ..., open_actions: _Optional[_Mapping[str, int]] = ..., open_risk: _Optional[float] = ..., reconciled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., utc_offset_minutes: _Optional[int] = ..., held: _Optional[_Iterable[_Union[HeldEffect, _Mapping]]] = ..., operations_told: bool = ..., on_trip: _Optional[_Union[RailAction, str]] = ..., on_trip_obstacle: _Optional[str] = ..., order_caps: _Optional[_Union[OrderCaps, _Mapping]] = ..., unshown_actions: _Optional[int] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., unproven_payments: _Optional[float] = ..., unproven_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., undefended_count: _Optional[int] = ..., undefended_positions: _Optional[_Iterable[_Union[UndefendedPosition, _Mapping]]] = ..., mode: _Optional[_Union[AccountMode, str]] = ..., mode_reason: _Optional[str] = ..., currency: _Optional[str] = ..., open_risk_unknown: _Optional[int] = ...) -> None: ...

class ListAccountsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[AccountRisk]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[AccountRisk, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
