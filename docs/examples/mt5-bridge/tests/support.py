"""What the tests share: settings, leased actions, and a bridge between the two stand-ins."""

import pathlib
import tempfile
import time
import unittest
from collections.abc import Callable
from typing import Any

import grpc
from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types

from dtms_mt5_bridge.bridge import Bridge
from dtms_mt5_bridge.config import Settings, SymbolSettings, TerminalSettings

from .fake_dtms import FakeDtms
from .fake_mt5 import FakeMt5, TradePosition

LOGIN = 12345678
SYMBOL = "XAUUSDc"
OPENING = (types.ACTION_TYPE_OPEN_HEDGE, types.ACTION_TYPE_RE_ADD)


def terminal_settings(utc_offset_minutes: int | None = 180) -> TerminalSettings:
    return TerminalSettings(
        login=LOGIN,
        server="Broker-Demo",
        password="secret",
        path="",
        deviation_points=20,
        utc_offset_minutes=utc_offset_minutes,
    )


def settings(directory: pathlib.Path, address: str, **terminal: Any) -> Settings:
    return Settings(
        account="demo",
        bridge_id="mt5-1",
        server=address,
        feed="default",
        state_file=directory / "state.json",
        terminal=terminal_settings(**terminal),
        quote_seconds=0.2,
        history_bars=5,
        symbols=(SymbolSettings(name=SYMBOL, commission_per_lot=0.07),),
    )


def leased(
    kind: "types.ActionType",
    position: TradePosition,
    tag: str = "dtms:ab12",
    volume: float | None = None,
    stop_loss: float | None = None,
    hedge_ticket: int = 0,
    planned_ms: int | None = None,
) -> work.LeasedAction:
    """An action for a trade that is `position`."""
    buys = position.type == 0
    message = work.LeasedAction(
        account="demo",
        ticket=position.identifier,
        position_ticket=position.ticket,
        symbol=position.symbol,
        direction=types.DIRECTION_BUY if buys else types.DIRECTION_SELL,
        hedge_ticket=hedge_ticket,
        magic_number=7,
        tag=tag,
    )
    message.action.action_id = f"demo:{position.identifier}:{tag}"
    message.action.type = kind
    planned = int(time.time() * 1000) if planned_ms is None else planned_ms
    message.action.planned_at.FromMilliseconds(planned)
    if volume is not None:
        message.action.volume = volume
    if stop_loss is not None:
        message.action.stop_loss = stop_loss
    return message


class BridgeCase(unittest.TestCase):
    """A broker and a server for every test; bridges between them as the test wants."""

    def setUp(self) -> None:
        self.mt5 = FakeMt5()
        self.mt5.tick()
        self.dtms = FakeDtms()
        self.addCleanup(self.dtms.close)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def bridge(self, **terminal: Any) -> Bridge:
        """One that is connected and settled at once, and sees the broker's time as the true one."""
        channel = grpc.insecure_channel(self.dtms.address)
        self.addCleanup(channel.close)
        wanted = settings(self.directory, self.dtms.address, **terminal)
        bridge = Bridge(wanted, self.mt5, channel, settle_seconds=0.0, now=lambda: self.mt5.utc)
        bridge.connect()
        return bridge

    def until(self, holds: Callable[[], bool], seconds: float = 20.0) -> None:
        """Waits for what threads bring about; fails when it does not come."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                self.fail("it did not come about")
            time.sleep(0.01)
