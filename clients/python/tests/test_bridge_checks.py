"""The checks every adapter of a terminal passes: the example's passes them, and adapters with one mistake each do not."""

from __future__ import annotations

import logging
import unittest
from collections.abc import Callable
from dataclasses import replace

from dtms.bridge import (
    DealRequest,
    DealsAnswer,
    OrderRequest,
    OrderResult,
    PositionsAnswer,
    Terminal,
    TerminalAccount,
)
from dtms.bridge_checks import TERMINAL_CHECKS, TerminalStage
from tests.paper import SYMBOL, PaperTerminal, paper


def stage_of(broker: PaperTerminal, terminal: Terminal) -> TerminalStage:
    return TerminalStage(
        terminal,
        SYMBOL,
        volume=0.5,
        loose_stop=90.0,
        tight_stop=95.0,
        lose_answer=lambda: setattr(broker, "loses_next_answer", True),
        disconnect=lambda: setattr(broker, "connected", False),
    )


class Mistaken:
    """An adapter with a mistake."""

    def __init__(self) -> None:
        self.its = paper()

    def order(self, request: OrderRequest) -> OrderResult:
        return self.its.order(request)

    def positions(self) -> PositionsAnswer:
        return self.its.positions()

    def deals(self, since: int) -> DealsAnswer:
        return self.its.deals(since)

    def account(self) -> TerminalAccount:
        return self.its.account()


class ZoneInHours(Mistaken):
    def account(self) -> TerminalAccount:
        return replace(self.its.account(), utc_offset_minutes=2)


class CommentCutOff(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        return self.its.order(replace(request, comment=request.comment[:16]))


class MagicThroughAFloat(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        return self.its.order(replace(request, magic_number=int(float(request.magic_number))))


class StopLeftOut(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        return self.its.order(replace(request, stop_loss=None))


class ZeroForNoTarget(Mistaken):
    def positions(self) -> PositionsAnswer:
        answer = self.its.positions()
        return replace(answer, positions=[replace(each, take_profit=0.0) for each in answer.positions])


class PartThatClosesAll(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        if isinstance(request, DealRequest) and request.position is not None and request.volume >= 0.5:
            return self.its.order(replace(request, volume=1.0))
        return self.its.order(request)


class CloseThatOpens(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        if isinstance(request, DealRequest):
            return self.its.order(replace(request, position=None))
        return self.its.order(request)


class TicketWithoutItsSymbol(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        return self.its.order(request if request.position is None else replace(request, symbol=SYMBOL))


class SideThatIsMadeUp(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        if isinstance(request, DealRequest) and request.position is not None:
            return self.its.order(replace(request, direction="SELL"))
        return self.its.order(request)


class DealsAfterTheMoment(Mistaken):
    def deals(self, since: int) -> DealsAnswer:
        return self.its.deals(since + 1)


class EveryDeal(Mistaken):
    def deals(self, since: int) -> DealsAnswer:
        return self.its.deals(0)


class DealsWithoutComments(Mistaken):
    def deals(self, since: int) -> DealsAnswer:
        answer = self.its.deals(since)
        return replace(answer, deals=[replace(deal, comment="") for deal in answer.deals])


class LostToldAsRefused(Mistaken):
    def order(self, request: OrderRequest) -> OrderResult:
        result = self.its.order(request)
        return replace(result, code=10006) if result.code == 10012 else result


class SilenceToldAsNothing(Mistaken):
    def positions(self) -> PositionsAnswer:
        return replace(self.its.positions(), complete=True)


# Each mistake with the check that finds it first.
MISTAKES: tuple[tuple[type[Mistaken], str], ...] = (
    (ZoneInHours, "the account tells"),
    (CommentCutOff, "an order that opens"),
    (MagicThroughAFloat, "an order that opens"),
    (StopLeftOut, "an order that opens"),
    (ZeroForNoTarget, "an order that opens"),
    (PartThatClosesAll, "a part is closed"),
    (CloseThatOpens, "a part is closed"),
    (TicketWithoutItsSymbol, "a position that is not"),
    (SideThatIsMadeUp, "a position that is not"),
    (DealsAfterTheMoment, "deals are told"),
    (EveryDeal, "deals are told"),
    (DealsWithoutComments, "an order is found again"),
    (LostToldAsRefused, "an order without an answer"),
    (SilenceToldAsNothing, "without a broker"),
)


def failed(open_stage: Callable[[], TerminalStage]) -> list[str]:
    """The names of the checks that a stage fails."""
    names = []
    for each in TERMINAL_CHECKS:
        try:
            each.check(open_stage())
        except AssertionError:
            names.append(each.name)
    return names


class Checks(unittest.TestCase):
    def setUp(self) -> None:
        # The bridge says at length what it finds again.
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_the_paper_terminal_passes_all_ten(self) -> None:
        def stage() -> TerminalStage:
            broker = paper()
            return stage_of(broker, broker)

        self.assertEqual(failed(stage), [])
        self.assertEqual(len(TERMINAL_CHECKS), 10)

    def test_each_mistake_is_found(self) -> None:
        for mistake, check in MISTAKES:
            with self.subTest(mistake.__name__):

                def stage(mistake: type[Mistaken] = mistake) -> TerminalStage:
                    terminal = mistake()
                    return stage_of(terminal.its, terminal)

                self.assertIn(check, " / ".join(failed(stage)))

    def test_what_a_stage_cannot_do_is_left_out(self) -> None:
        def stage() -> TerminalStage:
            return replace(stage_of(broker := paper(), broker), lose_answer=None, disconnect=None)

        self.assertEqual(failed(stage), [])
