"""Sends the terminal's quotes and closed bars. It keeps no queue: bars that were not acknowledged
are read again from the terminal, and of quotes only the newest counts.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dtms import DtmsClient, DtmsError
from dtms.bridge import TerminalError
from dtms.v1 import market_data_service_pb2 as market

from . import codes, wire
from .clock import BrokerClock
from .config import Settings
from .mt5 import Mt5
from .records import Bar, Tick
from .state import StateFile

log = logging.getLogger(__name__)

LENGTHS = {codes.TIMEFRAME_M1: 60, codes.TIMEFRAME_M5: 300, codes.TIMEFRAME_M15: 900}
# Bars read again each time: brokers correct the last ones.
READ_AGAIN = 3
MOST_BARS = 5_000
# DTMS makes M5 of M1 wherever it has M1, also across a gap: M1 must reach as far back as M5 does.
M1_HISTORY = 5
ITEMS_PER_PUSH = 1_000
PUSH_SECONDS = 30.0


@dataclass
class _Series:
    """One symbol's bars of one timeframe, as far as the server has acknowledged them (server
    seconds).
    """

    # The bar that was forming when the last batch was acknowledged.
    forming: int = 0
    # The first one: from there on DTMS makes the coarser bars itself.
    first: float = math.inf
    # Newest acknowledged bars, by their open time.
    sent: dict[int, Bar] = field(default_factory=dict)


@dataclass(frozen=True)
class _Batch:
    """Closed bars to send, and what is known once they are acknowledged."""

    symbol: str
    timeframe: int
    bars: tuple[Bar, ...]
    forming: int


class Feed:
    """Polls the terminal once per `poll`. One thread."""

    def __init__(
        self,
        mt5: Mt5,
        clock: BrokerClock,
        client: DtmsClient,
        settings: Settings,
        state: StateFile,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._mt5 = mt5
        self._clock = clock
        self._client = client
        self._feed = settings.feed
        self._state = state
        self._now = now
        self._symbols = tuple(symbol.name for symbol in settings.symbols)
        self._history = settings.history_bars
        self._series = {(s, t): _Series() for s in self._symbols for t in LENGTHS}
        self._quoted: dict[str, Tick] = {}

    def poll(self) -> None:
        """Reads ticks, keeps the broker's clock, sends what is new. Raises DtmsError."""
        ticks = self._ticks()
        for symbol, tick in ticks.items():
            if self._clock.observe(symbol, tick.time_msc, self._now()):
                self._keep_offset()
        # Bars dated by a wrong offset would pass for corrections of others.
        if not self._clock.settled:
            return
        batches = [batch for symbol, tick in ticks.items() for batch in self._closed(symbol, tick)]
        self._send_bars(batches)
        self._send_quotes(ticks)

    def _ticks(self) -> dict[str, Tick]:
        ticks: dict[str, Tick] = {}
        for symbol in self._symbols:
            try:
                tick = self._mt5.tick(symbol)
            except TerminalError as error:
                log.debug("%s: %s", symbol, error)
                continue
            if tick is not None:
                ticks[symbol] = tick
        return ticks

    def _closed(self, symbol: str, tick: Tick) -> list[_Batch]:
        """Bars that closed since the last acknowledged batch, and that no finer bars make."""
        batches: list[_Batch] = []
        first = math.inf
        for timeframe, length in LENGTHS.items():
            series = self._series[symbol, timeframe]
            made_from = math.ceil(first / length) * length if first < math.inf else math.inf
            batch = self._batch(symbol, timeframe, tick, made_from)
            if batch is not None:
                batches.append(batch)
                first = min(first, batch.bars[0].time)
            first = min(first, series.first)
        return batches

    def _batch(self, symbol: str, timeframe: int, tick: Tick, made_from: float) -> _Batch | None:
        """New or changed bars that opened before `made_from` (server seconds); None without any."""
        series = self._series[symbol, timeframe]
        length = LENGTHS[timeframe]
        current = tick.time_msc // 1000 // length * length
        # The tick belongs to a later bar than the one that was forming.
        if current <= series.forming or made_from <= series.forming:
            return None
        missing = (current - series.forming) // length + READ_AGAIN
        history = self._history * M1_HISTORY if timeframe == codes.TIMEFRAME_M1 else self._history
        count = min(missing, MOST_BARS) if series.forming else history
        try:
            bars, forming = self._mt5.bars(symbol, timeframe, count)
        except TerminalError as error:
            log.debug("%s: %s", symbol, error)
            return None
        # An older bar than those remembered was sent and is not known to have changed.
        oldest = min(series.sent, default=0)
        new = tuple(
            bar
            for bar in bars
            if oldest < bar.time < made_from and series.sent.get(bar.time) != bar
        )
        if new:
            return _Batch(symbol, timeframe, new, forming)
        series.forming = max(series.forming, forming)
        return None

    def _send_bars(self, batches: list[_Batch]) -> None:
        """In order of closing, the finer first; remembered once all of them are acknowledged."""
        dated = [
            (bar.time + LENGTHS[batch.timeframe], LENGTHS[batch.timeframe], batch, bar)
            for batch in batches
            for bar in batch.bars
        ]
        dated.sort(key=lambda entry: entry[:2])
        items = [
            wire.bar(batch.symbol, batch.timeframe, bar, self._clock) for *_, batch, bar in dated
        ]
        for start in range(0, len(items), ITEMS_PER_PUSH):
            self._push(items[start : start + ITEMS_PER_PUSH])
        for batch in batches:
            series = self._series[batch.symbol, batch.timeframe]
            series.forming = max(series.forming, batch.forming)
            series.first = min(series.first, batch.bars[0].time)
            series.sent |= {bar.time: bar for bar in batch.bars}
            for old in sorted(series.sent)[:-READ_AGAIN]:
                del series.sent[old]

    def _send_quotes(self, ticks: dict[str, Tick]) -> None:
        new = {symbol: tick for symbol, tick in ticks.items() if self._quoted.get(symbol) != tick}
        if not new:
            return
        by_time = sorted(new.items(), key=lambda entry: entry[1].time_msc)
        self._push([wire.quote(symbol, tick, self._clock) for symbol, tick in by_time])
        self._quoted |= new

    def _push(self, items: list[market.MarketDataItem]) -> None:
        request = market.PushMarketDataRequest(feed=self._feed, items=items)
        # Quotes are of now: what could not be sent is replaced by newer ones, not repeated.
        answer = self._client.push_market_data(request, timeout=PUSH_SECONDS, retry_for=0)
        if answer.rejected:
            first = answer.rejected[0]
            why = f"{first.field} {first.description}"
            told = str(items[first.index]).replace("\n", " ")
            log.info("%d of %d items refused; %s: %s", len(answer.rejected), len(items), told, why)

    def _keep_offset(self) -> None:
        minutes = self._clock.offset_minutes
        if minutes is not None:
            self._state.keep(utc_offset_minutes=minutes)


def poll_safely(feed: Feed) -> DtmsError | None:
    """Polls; what the server did not take (it is sent again) with its error."""
    try:
        feed.poll()
        return None
    except DtmsError as error:
        log.warning("market data was not taken: %s", error)
        return error
