"""What an exit manager asks DTMS before it touches a trade, and the answers: pure, from what DTMS said last.

The same rules as the TypeScript client's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import grpc

from dtms.errors import DtmsError
from dtms.v1.error_reason_pb2 import (
    ERROR_REASON_TRADE_NOT_FOUND,
    ERROR_REASON_UNSPECIFIED,
    ErrorReason,
)
from dtms.v1.ownership_service_pb2 import BatchGetOwnershipResponse, Ownership
from dtms.v1.types_pb2 import (
    TRADE_FIELD_STOP_LOSS,
    TRADE_FIELD_TAKE_PROFIT,
    TRADE_FIELD_VOLUME,
    TRADE_STATE_UNSPECIFIED,
    TradeField,
    TradeState,
)

# What a manager wants to do: change a field as it likes, or one of three things a manager does with it.
# "breakeven" and "trailing" move the stop, "partial_profit" reduces the volume.
Modification = Literal[
    "stop_loss", "take_profit", "volume", "breakeven", "trailing", "partial_profit"
]

# How an answer came about: asked for now; younger than the cache's time; what DTMS said last before it could
# not be reached; the rule for when that is too old or was never known.
Source = Literal["fresh", "cached", "last_known", "conservative"]

CACHE_FOR = 10.0
LAST_KNOWN_FOR = 30.0
# After a failed question the next ones are answered without asking for this long, in seconds.
PAUSE = 1.0

_FIELDS: dict[Modification, TradeField] = {
    "stop_loss": TRADE_FIELD_STOP_LOSS,
    "breakeven": TRADE_FIELD_STOP_LOSS,
    "trailing": TRADE_FIELD_STOP_LOSS,
    "take_profit": TRADE_FIELD_TAKE_PROFIT,
    "volume": TRADE_FIELD_VOLUME,
    "partial_profit": TRADE_FIELD_VOLUME,
}

# What may be done to a trade nobody can be asked about: only what takes risk off it.
_CONSERVATIVE: frozenset[Modification] = frozenset(("breakeven", "partial_profit"))


@dataclass(frozen=True)
class Defensive:
    """Whether DTMS defends a trade. True in WARNING_L2 and HEDGED, and by the conservative rule."""

    defensive: bool
    # UNSPECIFIED when it is not known, or DTMS does not know the trade.
    state: TradeState
    source: Source
    # Since DTMS was asked, in seconds; None when nothing is known.
    age: float | None

    def __bool__(self) -> bool:
        return self.defensive


@dataclass(frozen=True)
class Permission:
    """Whether a manager may modify a trade now. A lease is asked for with acquire_modification."""

    allowed: bool
    # Who owns the field, when that is another; empty otherwise.
    owner: str
    # Why not, for programs; UNSPECIFIED when it is allowed, and by the conservative rule.
    reason: ErrorReason
    # The same for a person.
    note: str
    source: Source
    # Since DTMS was asked, in seconds; None when nothing is known.
    age: float | None

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Look:
    """What is known of a trade: `ownership` is None when DTMS does not know it."""

    ownership: Ownership | None
    source: Source
    age: float | None

    def defensive(self) -> Defensive:
        if self.source == "conservative":
            return Defensive(True, TRADE_STATE_UNSPECIFIED, self.source, self.age)
        if self.ownership is None:
            return Defensive(False, TRADE_STATE_UNSPECIFIED, self.source, self.age)
        return Defensive(self.ownership.defensive, self.ownership.state, self.source, self.age)

    def permission(self, modification: Modification) -> Permission:
        field = _FIELDS[modification]
        if self.source == "conservative":
            return _conservative(modification, self.age)
        if self.ownership is None:
            note = "DTMS does not know the trade"
            return Permission(False, "", ERROR_REASON_TRADE_NOT_FOUND, note, self.source, self.age)
        for known in self.ownership.permissions:
            if known.field == field:
                return Permission(
                    known.allowed, known.owner, known.reason, known.note, self.source, self.age
                )
        return _conservative(modification, self.age)


def _conservative(modification: Modification, age: float | None) -> Permission:
    allowed = modification in _CONSERVATIVE
    rule = "it only takes risk off the trade" if allowed else "refused until it is"
    note = f"DTMS is not reached: {rule}"
    return Permission(allowed, "", ERROR_REASON_UNSPECIFIED, note, "conservative", age)


def is_away(error: DtmsError) -> bool:
    """True for what says that DTMS cannot be asked now."""
    return error.transient or error.code is grpc.StatusCode.INTERNAL


class Memory:
    """What DTMS said of an account's trades, and when; times are of one clock, in seconds."""

    def __init__(self, cache_for: float, last_known_for: float) -> None:
        self._cache_for = cache_for
        self._last_known_for = last_known_for
        self._entries: dict[int, tuple[float, Ownership | None]] = {}
        self._failed_at: float | None = None

    def cached(self, ticket: int, now: float) -> Look | None:
        """The answer that needs no question; None when DTMS is to be asked."""
        entry = self._entries.get(ticket)
        if entry is not None and now - entry[0] < self._cache_for:
            return Look(entry[1], "cached", now - entry[0])
        if self._failed_at is not None and now - self._failed_at < PAUSE:
            return self.without(ticket, now)
        return None

    def without(self, ticket: int, now: float) -> Look:
        """The answer when DTMS cannot be reached."""
        entry = self._entries.get(ticket)
        age = None if entry is None else now - entry[0]
        if entry is None or age is None or age >= self._last_known_for:
            return Look(None, "conservative", age)
        return Look(entry[1], "last_known", age)

    def failed(self, now: float) -> None:
        self._failed_at = now

    def told(self, ticket: int, answer: BatchGetOwnershipResponse, asked_at: float, now: float) -> Look:
        """Keeps an answer, unless a later question was answered meanwhile."""
        for stale in [key for key, (at, _) in self._entries.items() if now - at >= self._last_known_for]:
            del self._entries[stale]
        ownership = next((known for known in answer.ownerships if known.ticket == ticket), None)
        entry = self._entries.get(ticket)
        if entry is None or entry[0] <= asked_at:
            self._entries[ticket] = (asked_at, ownership)
        return Look(ownership, "fresh", now - asked_at)
