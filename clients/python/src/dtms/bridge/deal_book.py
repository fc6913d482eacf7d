"""The deals a bridge knows: found by the tag of the order behind them, and each seen as new only once."""

from __future__ import annotations

from collections.abc import Iterable, Set

from dtms.bridge import return_codes as codes
from dtms.bridge.terminal import BrokerDeal, DealEntry, OrderResult


class DealBook:
    def __init__(self) -> None:
        self._deals: dict[int, BrokerDeal] = {}
        self._by_tag: dict[str, list[BrokerDeal]] = {}

    def add(self, deals: Iterable[BrokerDeal]) -> list[BrokerDeal]:
        """Takes deals; answers the ones it had not seen, in the order given."""
        fresh = []
        for deal in deals:
            if deal.deal in self._deals:
                continue
            fresh.append(deal)
            self._deals[deal.deal] = deal
            # Some brokers copy a position's comment to the deal of its stop: that is no order's.
            if deal.comment and deal.reason == "CLIENT":
                self._by_tag.setdefault(deal.comment, []).append(deal)
        return fresh

    def forget_before(self, time: int) -> None:
        """Forgets deals older than `time` (ms)."""
        for deal in [deal for deal in self._deals.values() if deal.time < time]:
            del self._deals[deal.deal]
            left = [known for known in self._by_tag.get(deal.comment, ()) if known.deal != deal.deal]
            if left:
                self._by_tag[deal.comment] = left
            else:
                self._by_tag.pop(deal.comment, None)

    def last_close(self, identifier: int) -> BrokerDeal | None:
        """The newest deal that closed something of a position; None where none is known."""
        closes = [
            deal
            for deal in self._deals.values()
            if deal.position_identifier == identifier and deal.entry != "IN"
        ]
        return max(closes, key=lambda deal: (deal.time, deal.deal), default=None)

    def result_of(self, tag: str, entries: Set[DealEntry]) -> OrderResult | None:
        """The result of the order with this tag as its deals of these entries tell it; None when there is none."""
        deals = [deal for deal in self._by_tag.get(tag, ()) if deal.entry in entries]
        if not deals:
            return None
        first = deals[0]
        volume = sum(deal.volume for deal in deals)
        value = sum(deal.price * deal.volume for deal in deals)
        return OrderResult(
            code=codes.DONE,
            message="found among the deals; not sent again",
            price=first.price if len(deals) == 1 else value / volume,
            volume=round(volume, 8),
            opened_ticket=first.position_identifier if first.entry == "IN" else None,
            deal_ticket=first.deal,
            time=deals[-1].time,
        )
