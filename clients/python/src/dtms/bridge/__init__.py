"""A bridge for any broker: it needs one adapter, a class that is a `Terminal`. See `run_bridge`, and `run_bridge_async`."""

from dtms.bridge.aio import run_bridge_async
from dtms.bridge.bridge import Bridge, BridgeOptions
from dtms.bridge.declare_feed import declare_recording
from dtms.bridge.deal_book import DealBook
from dtms.bridge.loop import BridgeError, run_loop
from dtms.bridge.order_of import AtBroker, order_of
from dtms.bridge.run_bridge import AccountTerms, run_bridge
from dtms.bridge.server_lease_client import ServerLeaseClient
from dtms.bridge.snapshot_reader import BrokerSnapshot, SnapshotReader, SnapshotReaderOptions
from dtms.bridge.terminal import (
    MAXIMUM_COMMENT,
    BalanceOperation,
    BrokerDeal,
    BrokerPosition,
    DealMoney,
    DealRequest,
    DealsAnswer,
    Direction,
    MarginMode,
    OrderRequest,
    OrderResult,
    PositionsAnswer,
    StopsRequest,
    TellsHistory,
    Terminal,
    TerminalAccount,
    TerminalError,
    closing_deal,
    opening_deal,
    opposite,
    unsent,
    untraded,
)

__all__ = [
    "MAXIMUM_COMMENT",
    "AccountTerms",
    "AtBroker",
    "BalanceOperation",
    "Bridge",
    "BridgeError",
    "BridgeOptions",
    "BrokerDeal",
    "BrokerPosition",
    "BrokerSnapshot",
    "DealBook",
    "DealMoney",
    "DealRequest",
    "DealsAnswer",
    "Direction",
    "MarginMode",
    "OrderRequest",
    "OrderResult",
    "PositionsAnswer",
    "ServerLeaseClient",
    "SnapshotReader",
    "SnapshotReaderOptions",
    "StopsRequest",
    "TellsHistory",
    "Terminal",
    "TerminalAccount",
    "TerminalError",
    "closing_deal",
    "declare_recording",
    "opening_deal",
    "opposite",
    "order_of",
    "run_bridge",
    "run_bridge_async",
    "run_loop",
    "unsent",
    "untraded",
]
