"""Puts the parts together and runs each in its thread: work, heartbeat, reconciliation, feed."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
from dtms.v1 import account_service_pb2 as accounts

from .clock import BrokerClock
from .config import Settings
from .executor import Execution, Executor
from .feed import Feed, poll_safely
from .heartbeat import Heart
from .instruments import Instruments
from .reconciler import Reconciler
from .server import Backoff, Server, explained
from .state import StateFile
from .terminal import SETTLE_SECONDS, Terminal, TerminalError
from .worker import Worker

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
RECONCILE_SECONDS = 30.0
# After a snapshot that was incomplete.
RECONCILE_SOON_SECONDS = 5.0
INSTRUMENTS_SECONDS = 3600.0
# How long an order under way may take once the bridge was told to stop.
STOP_SECONDS = 60.0
WATCH_SECONDS = 0.5


class Bridge:
    """One account at one terminal. `run` returns after `stop`."""

    def __init__(
        self,
        settings: Settings,
        package: Any,
        channel: grpc.Channel,
        settle_seconds: float = SETTLE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`package` is the MetaTrader5 module, or what behaves like it."""
        terminal = settings.terminal
        self._symbols = tuple(symbol.name for symbol in settings.symbols)
        self._stop = threading.Event()
        self._stop_requested = False
        self._broken = False
        self._look = threading.Event()
        self._state = StateFile(settings.state_file)
        kept = self._state.memory.utc_offset_minutes
        self.clock = BrokerClock(terminal.utc_offset_minutes, kept)
        self.terminal = Terminal(package, terminal, settle_seconds)
        self.server = Server(channel, settings.account, settings.bridge_id, settings.feed)
        self.instruments = Instruments(self.terminal, self.server, settings)
        self.reconciler = Reconciler(self.terminal, self.clock, self.server, self._state, now)
        self.feed = Feed(self.terminal, self.clock, self.server, settings, self._state, now)
        self.heart = Heart(
            self.terminal,
            self.clock,
            self.server,
            settings.account,
            terminal.login,
            self._symbols,
            now,
        )
        executor = Executor(self.terminal, self.clock, terminal.deviation_points, now)
        self.worker = Worker(self.server, executor, self._stop, self._after, settings.account)
        self._quote_seconds = settings.quote_seconds

    def connect(self) -> None:
        """Connects to the terminal. Raises TerminalError."""
        self.terminal.connect(self._symbols)

    def request_stop(self) -> None:
        """The same as `stop`, within half a second; safe in a signal handler, where no lock may be
        taken.
        """
        self._stop_requested = True

    def stop(self) -> None:
        """Ends `run`: the order under way is finished and reported, no other is begun."""
        self._stop.set()
        self._look.set()
        self.worker.cancel()

    def run(self) -> bool:
        """Works until `stop`. False when a part failed or an order is still under way."""
        loops = (self._work, self._beat, self._reconcile, self._send_market_data)
        threads = [
            threading.Thread(
                target=self._guarded, args=(loop,), name=loop.__name__.strip("_"), daemon=True
            )
            for loop in loops
        ]
        for thread in threads:
            thread.start()
        while not self._stop.is_set():
            time.sleep(WATCH_SECONDS)
            if self._stop_requested:
                self.stop()
            elif self.worker.silent:
                log.warning("the stream of leases is silent; connecting again")
                self.worker.cancel()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            # The stream may have been opened just after `stop` looked for one to cancel.
            while thread.is_alive() and time.monotonic() < deadline:
                self.worker.cancel()
                thread.join(WATCH_SECONDS)
        under_way = threads[0].is_alive()
        if under_way:
            log.error(
                "an order is still under way; the reconciliation of the next run tells its end"
            )
        else:
            self.terminal.close()
        return not under_way and not self._broken

    def begin_session(self) -> None:
        """What DTMS must know before it gives work. Raises grpc.RpcError and TerminalError."""
        self.heart.beat()
        status = self.terminal.status()
        while not self.terminal.synchronised and not self._stop.wait(WATCH_SECONDS):
            status = self.terminal.status()
        netting = accounts.MARGIN_MODE_NETTING
        self.server.upsert_account(
            accounts.UpsertAccountRequest(
                margin_mode=accounts.MARGIN_MODE_HEDGING if status.hedging else netting,
                fifo=status.fifo,
                hedge_adds_margin=self.instruments.hedge_adds_margin,
            )
        )
        looked = self.reconciler.reconcile()
        self.instruments.tell(looked.symbols)

    def _after(self, execution: Execution) -> None:
        if execution.trading_disabled:
            # Before the report, so that no other action is leased meanwhile.
            self.heart.disable()
            self._beat_once()
        if execution.look_again:
            self._look.set()

    def _work(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                self.begin_session()
                self.worker.follow(backoff)
            except grpc.RpcError as error:
                if not self._stop.is_set():
                    log.warning("no work: %s", explained(error))
            except TerminalError as error:
                log.warning("no work: %s", error)
            self._stop.wait(backoff.next())

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            self._beat_once()

    def _beat_once(self) -> None:
        try:
            if self.heart.beat():
                self._look.set()
        except grpc.RpcError as error:
            log.warning("no heartbeat: %s", explained(error))

    def _reconcile(self) -> None:
        wait = RECONCILE_SECONDS
        told = time.monotonic()
        while True:
            self._look.wait(wait)
            self._look.clear()
            if self._stop.is_set():
                return
            try:
                looked = self.reconciler.reconcile()
                wait = RECONCILE_SECONDS if looked.complete else RECONCILE_SOON_SECONDS
                due = time.monotonic() - told > INSTRUMENTS_SECONDS
                if due or looked.symbols - self.instruments.known:
                    self.instruments.tell(looked.symbols)
                    told = time.monotonic()
            except grpc.RpcError as error:
                log.warning("not reconciled: %s", explained(error))
                wait = RECONCILE_SOON_SECONDS
                # A request to look again must not turn into a tight loop while the server is away.
                self._stop.wait(1.0)

    def _send_market_data(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            if poll_safely(self.feed):
                backoff.reset()
                self._stop.wait(self._quote_seconds)
            else:
                self._stop.wait(backoff.next())

    def _guarded(self, loop: Callable[[], None]) -> None:
        """A part that fails in a way nobody thought of ends the bridge: half a bridge is worse than
        none.
        """
        try:
            loop()
        except Exception:
            log.critical("%s failed", loop.__name__, exc_info=True)
            self._broken = True
            self.stop()
