"""What the tests share: settings, leased actions, and a bridge between the two stand-ins."""

import importlib.util
import pathlib
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dtms import DtmsClient
from dtms.bridge import Bridge, BridgeOptions, ServerLeaseClient
from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types

from dtms_mt5_bridge.config import Settings, SymbolSettings, TerminalSettings
from dtms_mt5_bridge.program import Program

from .fake_mt5 import FakeMt5, TradePosition

_STRICT = pathlib.Path(__file__).resolve().parents[2] / "python" / "tests" / "strict_server.py"
_spec = importlib.util.spec_from_file_location("strict_server", _STRICT)
assert _spec is not None and _spec.loader is not None
strict_server = importlib.util.module_from_spec(_spec)
sys.modules["strict_server"] = strict_server
_spec.loader.exec_module(strict_server)

LOGIN = 12345678
SYMBOL = "XAUUSDc"
OPENING = (types.ACTION_TYPE_OPEN_HEDGE, types.ACTION_TYPE_RE_ADD)
QUICK = BridgeOptions(heartbeat_every=0.05, look_every=0.02, reconcile_soon=0.05, stop_within=20.0)


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
    if volume is not None:
        message.action.volume = volume
    if stop_loss is not None:
        message.action.stop_loss = stop_loss
    return message


@dataclass
class Parts:
    """The program and the bridge it would run, with what the tests look at."""

    program: Program
    bridge: Bridge

    @property
    def feed(self) -> Any:
        return self.program.feed


class BridgeCase(unittest.TestCase):
    """A broker and a server for every test; bridges between them as the test wants."""

    def setUp(self) -> None:
        self.mt5 = FakeMt5()
        self.mt5.tick()
        self.dtms = self.enterContext(strict_server.StrictServer())
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def parts(self, **terminal: Any) -> Parts:
        """One that is connected and settled at once, and sees the broker's time as the true one."""
        client = self.enterContext(DtmsClient(self.dtms.address, breaker="off", retry_for=0.0, timeout=5.0))
        wanted = settings(self.directory, self.dtms.address, **terminal)
        program = Program(wanted, self.mt5, client, settle_seconds=0.0, now=lambda: self.mt5.utc)
        program.terminal._sleep = lambda _: None
        program.terminal._payments._pause = lambda _: None
        program.connect()
        leases = ServerLeaseClient(client, "demo", "mt5-1")
        return Parts(program, Bridge(leases, program.terminal, "demo", program.options))

    def until(self, holds: Callable[[], bool], seconds: float = 20.0) -> None:
        """Waits for what threads bring about; fails when it does not come."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                self.fail("it did not come about")
            time.sleep(0.01)
