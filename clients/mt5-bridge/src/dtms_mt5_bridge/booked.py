"""What deals that closed lots earned, as the broker booked it.

Brokers charge a commission when lots are opened, when they are closed, or half and half. The result of closed lots is
told whole: with their share of what opening them cost.
"""

import logging
from collections.abc import Callable, Iterable

from dtms.bridge import DealMoney, TerminalError

from . import codes
from .records import Deal

log = logging.getLogger(__name__)

CLOSES = (codes.DEAL_ENTRY_OUT, codes.DEAL_ENTRY_OUT_BY)
# Lots have two or three places.
NO_LOTS = 1e-9
# Shares of what opening cost are booked in cents; the last one is the rest.
PLACES = 2


class BookedMoney:
    """`deals_of_position` answers every deal of a position; it may raise TerminalError."""

    def __init__(self, deals_of_position: Callable[[int], Iterable[Deal]]) -> None:
        self._deals_of_position = deals_of_position
        # By deal: what it earned, or None where that is not known whole. A deal does not change.
        self._known: dict[int, DealMoney | None] = {}

    def money_of(self, deals: Iterable[Deal]) -> dict[int, DealMoney]:
        """By ticket, what those of these deals earned that closed lots, where it is known whole."""
        told = list(deals)
        closes = [deal for deal in told if deal.entry in CLOSES and deal.position_id > 0]
        for position in {deal.position_id for deal in closes if deal.ticket not in self._known}:
            self._learn(position, [deal for deal in told if deal.position_id == position])
        # What could not be asked for is asked for again with the next snapshot.
        self._known = {
            deal.ticket: self._known[deal.ticket] for deal in closes if deal.ticket in self._known
        }
        return {ticket: money for ticket, money in self._known.items() if money is not None}

    def _learn(self, position: int, told: list[Deal]) -> None:
        # A position has the number of the order that opened it: with that deal, these are all there are.
        if not any(deal.order == position for deal in told):
            try:
                told = list(self._deals_of_position(position))
            except TerminalError as error:
                log.info("what position %d earned is not told: %s", position, error)
                return
        self._known.update(shares(told))


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
