import datetime

from dtms.v1 import types_pb2 as _types_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContractSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTRACT_SOURCE_UNSPECIFIED: _ClassVar[ContractSource]
    CONTRACT_SOURCE_GIVEN: _ClassVar[ContractSource]
    CONTRACT_SOURCE_KNOWN: _ClassVar[ContractSource]
    CONTRACT_SOURCE_UNKNOWN: _ClassVar[ContractSource]

class MoneyObstacle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONEY_OBSTACLE_UNSPECIFIED: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_ACCOUNT_CURRENCY: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_CONTRACT: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_PROFIT_CURRENCY: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_RATE: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_PRICE: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_STOP: _ClassVar[MoneyObstacle]
    MONEY_OBSTACLE_RECORD: _ClassVar[MoneyObstacle]

class ResultGrouping(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESULT_GROUPING_UNSPECIFIED: _ClassVar[ResultGrouping]
    RESULT_GROUPING_ACCOUNT: _ClassVar[ResultGrouping]
    RESULT_GROUPING_SYMBOL: _ClassVar[ResultGrouping]
    RESULT_GROUPING_POLICY: _ClassVar[ResultGrouping]
    RESULT_GROUPING_DAY: _ClassVar[ResultGrouping]
    RESULT_GROUPING_WEEK: _ClassVar[ResultGrouping]
    RESULT_GROUPING_MONTH: _ClassVar[ResultGrouping]
CONTRACT_SOURCE_UNSPECIFIED: ContractSource
CONTRACT_SOURCE_GIVEN: ContractSource
CONTRACT_SOURCE_KNOWN: ContractSource
CONTRACT_SOURCE_UNKNOWN: ContractSource
MONEY_OBSTACLE_UNSPECIFIED: MoneyObstacle
MONEY_OBSTACLE_ACCOUNT_CURRENCY: MoneyObstacle
MONEY_OBSTACLE_CONTRACT: MoneyObstacle
MONEY_OBSTACLE_PROFIT_CURRENCY: MoneyObstacle
MONEY_OBSTACLE_RATE: MoneyObstacle
MONEY_OBSTACLE_PRICE: MoneyObstacle
MONEY_OBSTACLE_STOP: MoneyObstacle
MONEY_OBSTACLE_RECORD: MoneyObstacle
RESULT_GROUPING_UNSPECIFIED: ResultGrouping
RESULT_GROUPING_ACCOUNT: ResultGrouping
RESULT_GROUPING_SYMBOL: ResultGrouping
RESULT_GROUPING_POLICY: ResultGrouping
RESULT_GROUPING_DAY: ResultGrouping
RESULT_GROUPING_WEEK: ResultGrouping
RESULT_GROUPING_MONTH: ResultGrouping

class ResultPart(_message.Message):
    __slots__ = ("r", "amount", "profit", "commission", "swap", "obstacle", "booked")
    R_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    SWAP_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    BOOKED_FIELD_NUMBER: _ClassVar[int]
    r: float
    amount: str
    profit: str
    commission: str
    swap: str
    obstacle: MoneyObstacle
    booked: bool
    def __init__(self, r: _Optional[float] = ..., amount: _Optional[str] = ..., profit: _Optional[str] = ..., commission: _Optional[str] = ..., swap: _Optional[str] = ..., obstacle: _Optional[_Union[MoneyObstacle, str]] = ..., booked: bool = ...) -> None: ...

class TradeResult(_message.Message):
    __slots__ = ("account", "ticket", "symbol", "state", "currency", "contract_source", "contract_size", "profit_currency", "rate", "rated_at", "open", "realised", "risk", "policy", "exit_price")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_SIZE_FIELD_NUMBER: _ClassVar[int]
    PROFIT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    RATED_AT_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EXIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    symbol: str
    state: _types_pb2.TradeState
    currency: str
    contract_source: ContractSource
    contract_size: float
    profit_currency: str
    rate: str
    rated_at: _timestamp_pb2.Timestamp
    open: ResultPart
    realised: ResultPart
    risk: ResultPart
    policy: str
    exit_price: float
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., state: _Optional[_Union[_types_pb2.TradeState, str]] = ..., currency: _Optional[str] = ..., contract_source: _Optional[_Union[ContractSource, str]] = ..., contract_size: _Optional[float] = ..., profit_currency: _Optional[str] = ..., rate: _Optional[str] = ..., rated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open: _Optional[_Union[ResultPart, _Mapping]] = ..., realised: _Optional[_Union[ResultPart, _Mapping]] = ..., risk: _Optional[_Union[ResultPart, _Mapping]] = ..., policy: _Optional[str] = ..., exit_price: _Optional[float] = ...) -> None: ...

class ResultSum(_message.Message):
    __slots__ = ("amount", "profit", "commission", "swap", "trades", "unknown", "since", "closes", "booked")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    SWAP_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    CLOSES_FIELD_NUMBER: _ClassVar[int]
    BOOKED_FIELD_NUMBER: _ClassVar[int]
    amount: str
    profit: str
    commission: str
    swap: str
    trades: int
    unknown: int
    since: _timestamp_pb2.Timestamp
    closes: int
    booked: int
    def __init__(self, amount: _Optional[str] = ..., profit: _Optional[str] = ..., commission: _Optional[str] = ..., swap: _Optional[str] = ..., trades: _Optional[int] = ..., unknown: _Optional[int] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closes: _Optional[int] = ..., booked: _Optional[int] = ...) -> None: ...

class SymbolResult(_message.Message):
    __slots__ = ("symbol", "open", "day", "week", "month")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    WEEK_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    open: ResultSum
    day: ResultSum
    week: ResultSum
    month: ResultSum
    def __init__(self, symbol: _Optional[str] = ..., open: _Optional[_Union[ResultSum, _Mapping]] = ..., day: _Optional[_Union[ResultSum, _Mapping]] = ..., week: _Optional[_Union[ResultSum, _Mapping]] = ..., month: _Optional[_Union[ResultSum, _Mapping]] = ...) -> None: ...

class AccountResult(_message.Message):
    __slots__ = ("account", "currency", "balance", "equity", "open", "risk", "day", "week", "month", "symbols")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    WEEK_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    account: str
    currency: str
    balance: float
    equity: float
    open: ResultSum
    risk: ResultSum
    day: ResultSum
    week: ResultSum
    month: ResultSum
    symbols: _containers.RepeatedCompositeFieldContainer[SymbolResult]
    def __init__(self, account: _Optional[str] = ..., currency: _Optional[str] = ..., balance: _Optional[float] = ..., equity: _Optional[float] = ..., open: _Optional[_Union[ResultSum, _Mapping]] = ..., risk: _Optional[_Union[ResultSum, _Mapping]] = ..., day: _Optional[_Union[ResultSum, _Mapping]] = ..., week: _Optional[_Union[ResultSum, _Mapping]] = ..., month: _Optional[_Union[ResultSum, _Mapping]] = ..., symbols: _Optional[_Iterable[_Union[SymbolResult, _Mapping]]] = ...) -> None: ...

class DailyResult(_message.Message):
    __slots__ = ("date", "symbol", "currency", "result")
    DATE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    date: str
    symbol: str
    currency: str
    result: ResultSum
    def __init__(self, date: _Optional[str] = ..., symbol: _Optional[str] = ..., currency: _Optional[str] = ..., result: _Optional[_Union[ResultSum, _Mapping]] = ...) -> None: ...

class ResultGroup(_message.Message):
    __slots__ = ("account", "symbol", "policy", "date", "currency", "result")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    account: str
    symbol: str
    policy: str
    date: str
    currency: str
    result: ResultSum
    def __init__(self, account: _Optional[str] = ..., symbol: _Optional[str] = ..., policy: _Optional[str] = ..., date: _Optional[str] = ..., currency: _Optional[str] = ..., result: _Optional[_Union[ResultSum, _Mapping]] = ...) -> None: ...
