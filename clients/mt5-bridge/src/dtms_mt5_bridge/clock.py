"""The broker's clock: its offset from UTC, found from ticks, and conversions by it.

The terminal tells times in seconds of the broker's server, as if they were UTC. Ticks show by how
much: one that has just arrived carries the server's present time. A tick that was there before may
be days old (server time stands still at weekends), so only a tick that changed while we looked
counts.
"""

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)

STEP_SECONDS = 15 * 60
STEP_MS = STEP_SECONDS * 1000
# How far a fresh tick's time may be from a quarter of an hour: its age plus the error of this
# machine's clock.
FRESH_SECONDS = 60.0
# Observations that must agree, each a second or more after the one before: a burst of old ticks
# after a broken connection must not pass for an offset.
AGREEING = 3
# So many ticks in a row that cannot be fresh are worth a word: this machine's clock may be wrong.
ODD = 30
FURTHEST_MINUTES = 14 * 60


class OffsetUnknown(Exception):
    """No tick has told the broker's UTC offset yet: its times cannot be converted."""


@dataclass
class _Candidate:
    minutes: int
    votes: int
    last_vote: float
    first_server_ms: int


class BrokerClock:
    """Finds and keeps the offset. Not thread-safe in `observe`: one thread feeds it ticks."""

    def __init__(self, fixed_minutes: int | None, kept_minutes: int | None) -> None:
        """`fixed_minutes` rules out all doubt; `kept_minutes` is what an earlier run found."""
        self._fixed = fixed_minutes is not None
        self._minutes = fixed_minutes if fixed_minutes is not None else kept_minutes
        self._confirmed = self._fixed
        self._candidate: _Candidate | None = None
        self._seen: dict[str, int] = {}
        self._odd = 0
        # (server time in ms, minutes before it), newest first: what was before a change keeps its
        # offset.
        self._earlier: tuple[tuple[int, int], ...] = ()

    @property
    def offset_minutes(self) -> int | None:
        """The broker's clock against UTC; None while nothing is known of it."""
        return self._minutes

    @property
    def settled(self) -> bool:
        """True when ticks of this run agree with the offset. Prices are not dated without that."""
        return self._confirmed and self._candidate is None

    def observe(self, symbol: str, tick_ms: int, now: float) -> bool:
        """Takes a symbol's last tick (server time in ms) at `now` (UTC seconds). True: the offset
        changed.
        """
        before = self._seen.get(symbol)
        self._seen[symbol] = tick_ms
        if self._fixed or before is None or tick_ms <= before:
            return False
        distance = tick_ms / 1000 - now
        rounded = round(distance / STEP_SECONDS) * STEP_SECONDS
        minutes = rounded // 60
        if abs(distance - rounded) > FRESH_SECONDS or abs(minutes) > FURTHEST_MINUTES:
            self._odd += 1
            if self._odd == ODD:
                log.warning(
                    "ticks are %.0f s off a quarter of an hour: is this clock right?",
                    distance - rounded,
                )
            return False
        self._odd = 0
        return self._vote(minutes, tick_ms, now)

    def to_utc_ms(self, server_ms: int) -> int:
        """UTC of a server time. Raises OffsetUnknown."""
        if self._minutes is None:
            raise OffsetUnknown("the broker's UTC offset is not known")
        minutes = self._minutes
        for change_ms, earlier in self._earlier:
            if server_ms < change_ms:
                minutes = earlier
        return server_ms - minutes * 60_000

    def to_server_seconds(self, utc_ms: int) -> int:
        """Server time in seconds of a UTC time. Raises OffsetUnknown."""
        if self._minutes is None:
            raise OffsetUnknown("the broker's UTC offset is not known")
        return utc_ms // 1000 + self._minutes * 60

    def _vote(self, minutes: int, tick_ms: int, now: float) -> bool:
        if self._confirmed and minutes == self._minutes:
            self._candidate = None
            return False
        candidate = self._candidate
        if candidate is None or candidate.minutes != minutes:
            self._candidate = _Candidate(minutes, 1, now, tick_ms)
            return False
        if now - candidate.last_vote < 1.0:
            return False
        candidate.votes += 1
        candidate.last_vote = now
        if candidate.votes < AGREEING:
            return False
        self._candidate = None
        return self._adopt(minutes, candidate.first_server_ms)

    def _adopt(self, minutes: int, since_server_ms: int) -> bool:
        before, self._minutes = self._minutes, minutes
        first = not self._confirmed
        self._confirmed = True
        if before == minutes:
            return False
        log.info("the broker's clock is UTC%+d min (before: %s)", minutes, before)
        if not first and before is not None:
            # Only a change that was watched says which times were told under the old offset.
            # The first bar of the new time opened before its first tick did.
            since = since_server_ms // STEP_MS * STEP_MS
            self._earlier = ((since, before), *self._earlier)[:4]
        return True
