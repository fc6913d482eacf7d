"""What deals that closed lots earned, as the broker booked it.

Brokers charge a commission when lots are opened, when they are closed, or half and half. The result of closed lots is
told whole: with their share of what opening them cost.
"""

import logging
from collections.abc import Callable, Iterable, Mapping

from dtms.bridge import DealMoney, TerminalError

from . import codes
from .records import Deal

log = logging.getLogger(__name__)

CLOSES = (codes.DEAL_ENTRY_OUT, codes.DEAL_ENTRY_OUT_BY)
# Lots have two or three places.
NO_LOTS = 1e-8
# Shares of what opening cost are booked in cents; the last one is the rest.
PLACES = 2


class BookedMoney:
    """`deals_of_position` answers every deal of a position, `open_lots` the lots of each open one; both may raise
    TerminalError.
    """

    def __init__(
        self,
        deals_of_position: Callable[[int], Iterable[Deal]],
        open_lots: Callable[[], Mapping[int, float]],
    ) -> None:
        self._deals_of_position = deals_of_position
        self._open_lots = open_lots
        # By position, the deals it was told of last and what they earned; a broker may correct a deal.
        self._known: dict[int, tuple[tuple[Deal, ...], dict[int, DealMoney | None]]] = {}

    def money_of(self, deals: Iterable[Deal]) -> dict[int, DealMoney]:
        """By ticket, what those of these deals earned that closed lots, where it is known whole."""
        told = list(deals)
        closes = [deal for deal in told if deal.entry in CLOSES and deal.position_id > 0]
        by_position: dict[int, list[Deal]] = {deal.position_id: [] for deal in closes}
        for deal in told:
            if deal.position_id in by_position:
                by_position[deal.position_id].append(deal)
        self._learn({position: tuple(its) for position, its in by_position.items()})
        money = {ticket: one for _, its in self._known.values() for ticket, one in its.items()}
        return {deal.ticket: one for deal in closes if (one := money.get(deal.ticket)) is not None}

    def _learn(self, told: Mapping[int, tuple[Deal, ...]]) -> None:
        known = {at: one for at, one in self._known.items() if at in told and one[0] == told[at]}
        self._known = known
        others = {position: its for position, its in told.items() if position not in known}
        if not others:
            return
        try:
            lots = self._open_lots()
        except TerminalError as error:
            log.info("what closes earned is not told: %s", error)
            return
        for position, its in others.items():
            # What could not be asked for, or is not whole yet, is asked for again with the next snapshot.
            whole = self._whole(position, its, lots.get(position, 0.0))
            if whole is not None:
                known[position] = (its, shares(whole))

    def _whole(self, position: int, told: tuple[Deal, ...], open_lots: float) -> Iterable[Deal] | None:
        """Every deal of a position, by which it holds the lots it has open; None where that is not all there were. A
        terminal gets its history bit by bit after it started.
        """
        # A position has the number of the order that opened it: with that deal, these are all there are.
        if any(deal.order == position for deal in told) and _held(told) == _units(open_lots):
            return told
        try:
            asked = tuple(self._deals_of_position(position))
        except TerminalError as error:
            log.info("what position %d earned is not told: %s", position, error)
            return None
        if _held(asked) == _units(open_lots) or any(deal.entry == codes.DEAL_ENTRY_INOUT for deal in asked):
            return asked
        log.info("what position %d earned is not told: its history is not whole", position)
        return None


def _units(lots: float) -> int:
    return round(lots / NO_LOTS)


def _held(deals: Iterable[Deal]) -> int:
    """The lots that a position has by its deals, in the smallest there are."""
    return sum(_units(deal.volume) * (1 if deal.entry == codes.DEAL_ENTRY_IN else -1) for deal in deals)


def shares(deals: Iterable[Deal]) -> dict[int, DealMoney | None]:
    """What each close among all deals of a position earned; None from the first on of which it is not known."""
    lots = commission = fee = 0.0
    known = True
    money: dict[int, DealMoney | None] = {}
    for deal in sorted(deals, key=lambda one: (one.time_msc, one.ticket)):
        if deal.entry == codes.DEAL_ENTRY_IN:
            lots += deal.volume
            commission += deal.commission
            fee += deal.fee
        elif deal.entry in CLOSES and known and deal.volume <= lots + NO_LOTS:
            part = min(1.0, deal.volume / lots)
            ended = deal.volume >= lots - NO_LOTS
            opening = commission if ended else round(commission * part, PLACES)
            opening_fee = fee if ended else round(fee * part, PLACES)
            money[deal.ticket] = DealMoney(
                profit=deal.profit,
                commission=deal.commission + opening,
                swap=deal.swap,
                fee=deal.fee + opening_fee,
            )
            lots -= deal.volume
            commission -= opening
            fee -= opening_fee
        else:
            # It turned the position round, or closed lots that the history does not show.
            known = False
            money[deal.ticket] = None
    return money
