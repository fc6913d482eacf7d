"""Puts the parts together: the bridge of the Python client over the adapter, and beside it the feed and the terms of symbols,
each in a thread of its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
from dtms import DtmsClient, DtmsError
from dtms.bridge import AccountTerms, BridgeOptions, run_bridge
from dtms.retry import Backoff

from .adapter import Mt5Terminal
from .clock import BrokerClock
from .config import ConfigError, Settings
from .feed import Feed, poll_safely
from .instruments import Instruments
from .mt5 import SETTLE_SECONDS, Mt5
from .state import StateFile

log = logging.getLogger(__name__)

INSTRUMENTS_SECONDS = 3600.0
# How often the terminal is asked for the newest deals.
DEALS_SECONDS = 2.0
# How often symbols of new positions are looked for.
LOOK_SECONDS = 5.0


def open_client(settings: Settings) -> DtmsClient:
    """The connection the settings ask for; the caller closes it. Raises ConfigError."""
    credentials = None
    if settings.tls:
        roots = None
        if settings.ca_file is not None:
            try:
                roots = settings.ca_file.read_bytes()
            except OSError as error:
                raise ConfigError(f"ca_file: {error}") from error
        credentials = grpc.ssl_channel_credentials(roots)
    try:
        return DtmsClient(settings.server, api_key=settings.api_key or None, credentials=credentials)
    except (ValueError, OSError) as error:
        raise ConfigError(f"server: {error}") from error


class Program:
    """One account at one terminal."""

    def __init__(
        self,
        settings: Settings,
        package: Any,
        client: DtmsClient,
        settle_seconds: float = SETTLE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`package` is the MetaTrader5 module, or what behaves like it."""
        self._settings = settings
        self._client = client
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._state = StateFile(settings.state_file)
        self.clock = BrokerClock(
            settings.terminal.utc_offset_minutes, self._state.memory.utc_offset_minutes
        )
        self.mt5 = Mt5(package, settings.terminal, settle_seconds)
        self.terminal = Mt5Terminal(self.mt5, self.clock, settings, now)
        self.instruments = Instruments(self.mt5, client, settings)
        self.feed = Feed(self.mt5, self.clock, client, settings, self._state, now)
        self.options = BridgeOptions(
            look_every=DEALS_SECONDS,
            last_snapshot_at=self._state.memory.reconciled_at_ms,
            on_snapshot=lambda taken_at: self._state.keep(reconciled_at_ms=taken_at),
            on_error=lambda error: log.warning("%s: %s", type(error).__name__, error),
        )

    def connect(self) -> None:
        """Connects to the terminal. Raises TerminalError."""
        self.mt5.connect(symbol.name for symbol in self._settings.symbols)

    def stop(self) -> None:
        """Ends `run`: the order under way is finished and reported, no other is begun."""
        self._stop.set()

    def run(self) -> None:
        """Works until `stop`. Raises what `run_bridge` raises, and what another part failed with: half a bridge is worse
        than none."""
        status = self.mt5.status()
        terms = AccountTerms(fifo=status.fifo, hedge_adds_margin=self.instruments.hedge_adds_margin)
        threads = [
            threading.Thread(target=self._guarded, args=(part,), name=part.__name__.strip("_"), daemon=True)
            for part in (self._tell_terms, self._send_market_data)
        ]
        for thread in threads:
            thread.start()
        try:
            run_bridge(
                self._client,
                self.terminal,
                account=self._settings.account,
                bridge_id=self._settings.bridge_id,
                stop=self._stop,
                terms=terms,
                options=self.options,
            )
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(LOOK_SECONDS)
        self.mt5.close()
        if self._failure is not None:
            raise self._failure

    def _tell_terms(self) -> None:
        """At once, each hour, and when a position of another symbol is open."""
        backoff = Backoff()
        due = 0.0
        while not self._stop.is_set():
            wait = LOOK_SECONDS
            if time.monotonic() >= due or self.terminal.symbols - self.instruments.known:
                try:
                    self.instruments.tell(self.terminal.symbols)
                    due = time.monotonic() + INSTRUMENTS_SECONDS
                    backoff.reset()
                except DtmsError as error:
                    log.warning("the terms of symbols were not taken: %s", error)
                    wait = backoff.delay(error)
            self._stop.wait(wait)

    def _send_market_data(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            error = poll_safely(self.feed)
            if error is None:
                backoff.reset()
            self._stop.wait(self._settings.quote_seconds if error is None else backoff.delay(error))

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:
            log.critical("%s failed", part.__name__, exc_info=True)
            self._failure = error
            self._stop.set()
