"""What a bridge sees at its terminal, in UTC: positions and deals, asked for again when an answer is incomplete. It
remembers the deals, and which closes of the broker's own nobody was told of yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dtms.bridge.deal_book import DealBook
from dtms.bridge.order_of import entries_of
from dtms.bridge.terminal import (
    BrokerDeal,
    BrokerPosition,
    DealsAnswer,
    OrderResult,
    PositionsAnswer,
    TellsHistory,
    Terminal,
    TerminalAccount,
)
from dtms.v1.action_service_pb2 import LeasedAction

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# The most deals of one snapshot: the message must stay below the service's limit.
MOST_DEALS = 5_000


@dataclass(frozen=True)
class BrokerSnapshot:
    """Everything open at the broker, and the deals since a moment. Times are UTC ms on the broker's clock."""

    taken_at: int
    complete: bool
    """False when any part of the query failed: then nothing is concluded from what is absent."""
    positions: Sequence[BrokerPosition]
    deals: Sequence[BrokerDeal]
    deals_since: int


@dataclass(frozen=True)
class SnapshotReaderOptions:
    query_attempts: int = 3
    """How often a query is tried for a complete answer."""
    look_back: int = 7 * DAY
    """How far back deals are asked for at first, and how long they are remembered, in ms."""
    overlap: int = 2 * HOUR
    """How far before the last complete answer deals are asked for again, in ms; above any change of the offset."""


_Answer = TypeVar("_Answer", PositionsAnswer, DealsAnswer)


class SnapshotReader:
    """One thread at a time."""

    def __init__(self, terminal: Terminal, options: SnapshotReaderOptions) -> None:
        self._terminal = terminal
        self._options = options
        self._book = DealBook()
        self._untold: list[BrokerDeal] = []
        # The broker's own closes of which it is not known yet whether they left something open.
        self._closes: list[BrokerDeal] = []
        # UTC ms up to which every deal is known; None before the first complete answer.
        self._seen_until: int | None = None

    @property
    def untold(self) -> tuple[BrokerDeal, ...]:
        """Closes by stop, target or stop-out, of all that was open, that nobody was told of, oldest first."""
        return tuple(self._untold)

    def told(self, deal: BrokerDeal) -> None:
        self._untold = [untold for untold in self._untold if untold.deal != deal.deal]

    def result_of(self, action: LeasedAction) -> OrderResult | None:
        """What the known deals say of an action's order; None when none is of it."""
        return self._book.result_of(action.tag, entries_of(action))

    def last_close(self, identifier: int) -> BrokerDeal | None:
        """The newest known deal that closed something of a position; None where none is known."""
        return self._book.last_close(identifier)

    def positions(self) -> Sequence[BrokerPosition] | None:
        """Every open position; None when no complete answer came."""
        answer = self._ask(self._terminal.positions)
        return answer.positions if answer.complete else None

    def look(self, account: TerminalAccount) -> bool:
        """Asks for the newest deals; False when no complete answer came."""
        return self._deals(self._since(self._seen_until, account), account).complete

    def snapshot(
        self, last: int | None, account: TerminalAccount, probed: Iterable[int] = ()
    ) -> BrokerSnapshot:
        """Everything open and the deals since the snapshot at `last` (UTC ms), or as far as it looks back; of the positions
        in `probed` every deal the terminal finds. Positions come first: one that closes in between is in both answers,
        never in neither.
        """
        offset = account.utc_offset_minutes * MINUTE
        open_now = self._ask(self._terminal.positions)
        since = self._since(last, account)
        answer = self._deals(since, account)
        deals, since = _newest(answer.deals, since)
        complete = open_now.complete and answer.complete
        known = {deal.deal for deal in deals}
        if isinstance(self._terminal, TellsHistory):
            for identifier in probed:
                history = self._terminal.deals_of(identifier)
                complete = complete and history.complete
                deals = [*_in_utc(history.deals, offset, known), *deals]
        return BrokerSnapshot(
            taken_at=open_now.time - offset,
            complete=complete,
            positions=[
                replace(position, opened_at=position.opened_at - offset) for position in open_now.positions
            ],
            deals=deals,
            deals_since=since,
        )

    def _since(self, last: int | None, account: TerminalAccount) -> int:
        now = account.time - account.utc_offset_minutes * MINUTE
        return now - self._options.look_back if last is None else min(last, now) - self._options.overlap

    def _deals(self, since: int, account: TerminalAccount) -> DealsAnswer:
        """Deals at or after `since` (UTC ms), remembered as far as they are new."""
        offset = account.utc_offset_minutes * MINUTE
        answer = self._ask(lambda: self._terminal.deals(since + offset))
        deals = _in_utc(answer.deals, offset)
        fresh = self._book.add(deals)
        self._closes += [deal for deal in fresh if deal.entry == "OUT" and deal.reason != "CLIENT"]
        self._find_ends()
        if answer.complete:
            self._seen_until = max(self._seen_until or 0, answer.time - offset)
            self._book.forget_before(self._seen_until - self._options.look_back - self._options.overlap)
        return DealsAnswer(answer.time - offset, answer.complete, deals)

    def _find_ends(self) -> None:
        """Whether something is left of what the broker closed, such as after a stop-out of a part, only a look at its
        positions tells: orders and clocks make every sum of deals doubtful. Of several closes of a position the last one
        is its end."""
        if not self._closes:
            return
        open_now = self.positions()
        if open_now is None:
            return
        ends = {deal.position_identifier: deal for deal in self._closes}
        for position in open_now:
            ends.pop(position.identifier, None)
        self._untold += ends.values()
        self._closes = []

    def _ask(self, query: Callable[[], _Answer]) -> _Answer:
        """Asks until the answer is complete, at most as often as the options say; the last answer otherwise."""
        answer = query()
        for _ in range(1, self._options.query_attempts):
            if answer.complete:
                break
            answer = query()
        return answer


def _in_utc(
    deals: Iterable[BrokerDeal], offset: int, known: frozenset[int] | set[int] = frozenset()
) -> list[BrokerDeal]:
    return [replace(deal, time=deal.time - offset) for deal in deals if deal.deal not in known]


def _newest(deals: Sequence[BrokerDeal], since: int) -> tuple[list[BrokerDeal], int]:
    """At most MOST_DEALS, and the UTC ms from which on they are all there."""
    by_time = sorted(deals, key=lambda deal: (deal.time, deal.deal))
    left_out = by_time[:-MOST_DEALS]
    if not left_out:
        return by_time, since
    last_out = left_out[-1].time
    return [deal for deal in by_time[-MOST_DEALS:] if deal.time > last_out], last_out + 1
