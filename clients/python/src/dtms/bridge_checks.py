"""What a bridge relies on of a broker's terminal, as checks that every adapter passes on a demo account.

```python
for check in TERMINAL_CHECKS:
    with self.subTest(check.name):
        check.check(open_stage())
```
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import ClassVar

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.bridge import return_codes as codes
from dtms.bridge.bridge import Bridge
from dtms.bridge.lease_client import AccountReport, HeldLease
from dtms.bridge.snapshot_reader import BrokerSnapshot
from dtms.bridge.terminal import (
    MAXIMUM_COMMENT,
    BrokerDeal,
    BrokerPosition,
    OrderResult,
    StopsRequest,
    Terminal,
    TerminalError,
    closing_deal,
    opening_deal,
)
from dtms.errors import DtmsError
from dtms.v1.account_service_pb2 import ReconcilePositionsResponse, ReportAccountResponse
from dtms.v1.action_service_pb2 import LeasedAction
from dtms.v1.types_pb2 import (
    ACTION_TYPE_CLOSE_ALL,
    ACTION_TYPE_PARTIAL_CLOSE,
    ACTION_TYPE_TIGHTEN_SL,
    DIRECTION_BUY,
    DIRECTION_SELL,
    ActionResult,
)


@dataclass(frozen=True)
class TerminalStage:
    """An adapter on an account made for tests, with a market that is open."""

    terminal: Terminal
    symbol: str
    volume: float
    """In lots; twice it can be traded, too."""
    loose_stop: float
    """Stops the broker takes of a BUY now; the tight one is nearer to the price."""
    tight_stop: float
    lose_answer: Callable[[], None] | None = None
    """Lets the broker carry out the next order, and its answer get lost; a check that needs it is left out without it."""
    disconnect: Callable[[], None] | None = None
    """Cuts the terminal off from its broker."""


@dataclass(frozen=True)
class TerminalCheck:
    """One thing every terminal must do. `check` raises AssertionError where it does not; it leaves nothing open."""

    name: str
    check: Callable[[TerminalStage], None]
    needs: str | None = None
    """What of the stage it needs; it passes where that is missing."""


_HOUR = 3_600_000
_TAG = "dtms-check".ljust(MAXIMUM_COMMENT, "x")
# One of a double would be another.
_MAGIC = 9_007_199_254_740_993


def _equal(found: object, wanted: object, why: str = "") -> None:
    if found != wanted:
        raise AssertionError(f"{why or 'not as it should be'}: {found!r}, not {wanted!r}")


def _true(holds: object, why: str) -> None:
    if not holds:
        raise AssertionError(why)


def _tells_account(stage: TerminalStage) -> None:
    account = stage.terminal.account()
    _true(
        account.connected and account.trade_allowed,
        "the test account must be connected and allowed to trade",
    )
    for name, value in (("balance", account.balance), ("equity", account.equity)):
        _true(math.isfinite(value), f"{name} is {value}")
    _true(account.margin_mode in ("hedging", "netting"), f"margin_mode is {account.margin_mode}")
    # Zones are whole quarters of an hour, none further than 14 hours away.
    offset = account.utc_offset_minutes
    _true(offset % 15 == 0 and abs(offset) <= 14 * 60, f"utc_offset_minutes is {offset}")
    _true(isinstance(account.time, int), f"time is {account.time}: whole ms are wanted")


def _opens(stage: TerminalStage) -> None:
    with _position(stage) as (position, result, started_at):
        _equal(position.direction, "BUY")
        _equal(position.volume, 2 * stage.volume)
        _equal(position.symbol, stage.symbol)
        _equal(position.stop_loss, stage.loose_stop, "the stop of the order is the position's")
        _equal(position.take_profit, None, "no target is None, not 0")
        _equal(position.magic_number, _MAGIC, "numbers beyond 2^53 stay whole")
        _equal(result.volume, 2 * stage.volume)
        _equal(result.price, position.entry_price)
        deal = _deal(stage, result.deal_ticket, started_at)
        _equal((deal.entry, deal.direction), ("IN", "BUY"))
        _equal(deal.position_identifier, position.identifier)
        _equal(deal.comment, _TAG, "the order's comment stays whole, or DTMS does not find it again")
        _equal(deal.reason, "CLIENT")


def _sets_levels(stage: TerminalStage) -> None:
    with _position(stage) as (position, _result, _started_at):

        def set_stop(stop: float | None) -> OrderResult:
            request = StopsRequest(stage.symbol, position.ticket, stop, None, _MAGIC, _TAG)
            return _done(stage.terminal.order(request))

        _equal(set_stop(stage.tight_stop).stop_loss, stage.tight_stop, "the answer tells the stop in force")
        _equal(_still(stage, position).stop_loss, stage.tight_stop)
        set_stop(None)
        _equal(_still(stage, position).stop_loss, None, "None takes a level away")


def _closes_part(stage: TerminalStage) -> None:
    with _position(stage) as (position, _result, started_at):
        deal = closing_deal(position, volume=stage.volume, magic_number=_MAGIC, comment=_TAG)
        result = _done(stage.terminal.order(deal))
        _equal(_still(stage, position).volume, stage.volume)
        closed = _deal(stage, result.deal_ticket, started_at)
        _equal((closed.entry, closed.direction), ("OUT", "SELL"))
        _equal(closed.position_identifier, position.identifier)
        # What is left is what another one is to leave: there is nothing to close.
        action = _closing_action(position, stage.volume, "dtms-leaves".ljust(MAXIMUM_COMMENT, "l"))
        action.leaves = stage.volume
        reports: list[ActionResult] = []
        Bridge(_OneLease(action, reports), stage.terminal, "").drain()
        told = [(report.code, report.HasField("volume")) for report in reports]
        _equal(told, [(codes.NO_CHANGES, False)], "the positions are not those of now")
        _equal(_still(stage, position).volume, stage.volume, "more was closed than was to be")


def _leaves_others_alone(stage: TerminalStage) -> None:
    """By a bridge that is given an order about another position of the same ticket, and by the terminal itself."""
    other = f"{stage.symbol}.other"
    with _position(stage) as (position, _result, _started_at):
        for wrong in ({"symbol": other}, {"direction": DIRECTION_SELL}, {"account": "another"}):
            for kind in (ACTION_TYPE_PARTIAL_CLOSE, ACTION_TYPE_CLOSE_ALL, ACTION_TYPE_TIGHTEN_SL):
                action = _closing_action(position, stage.volume, "dtms-other".ljust(MAXIMUM_COMMENT, "o"))
                action.action.type, action.action.stop_loss = kind, stage.tight_stop
                action.MergeFrom(LeasedAction(**wrong))
                reports: list[ActionResult] = []
                Bridge(_OneLease(action, reports), stage.terminal, "").drain()
                for report in reports:
                    done = report.code in (codes.DONE, codes.DONE_PARTIAL)
                    _true(not done, f"an order was made of {wrong}")
        levels = StopsRequest(other, position.ticket, stage.tight_stop, None, _MAGIC, _TAG)
        close = closing_deal(position, volume=stage.volume)
        for request, what in (
            (levels, "a stop of another symbol was set"),
            (replace(close, symbol=other), "a position of another symbol was closed"),
            (replace(close, direction=position.direction), "a BUY closed a position that is one"),
        ):
            with suppress(TerminalError):
                _refused(stage.terminal.order(request), what)
        left = _still(stage, position)
        _equal((left.volume, left.stop_loss), (position.volume, position.stop_loss), "it was touched")


def _refuses(stage: TerminalStage) -> None:
    before = len(_positions(stage))
    with _position(stage) as (position, _result, _started_at):
        gone = position
    _refused(stage.terminal.order(closing_deal(gone)), "a position that is not there was closed")
    tiny = opening_deal(stage.symbol, "BUY", stage.volume / 1_000_000)
    _refused(stage.terminal.order(tiny), "a volume that is none was traded")
    _equal(len(_positions(stage)), before)


def _tells_deals_since(stage: TerminalStage) -> None:
    with _position(stage) as (_position_, result, started_at):
        deal = _deal(stage, result.deal_ticket, started_at)

        def tickets(since: int) -> list[int]:
            answer = stage.terminal.deals(since)
            _true(answer.complete, "the deals are not complete")
            return [told.deal for told in answer.deals]

        _true(deal.deal in tickets(deal.time), "a deal of that very moment is told")
        _true(deal.deal not in tickets(deal.time + 1), "an older one is not")


def _finds_orders(stage: TerminalStage) -> None:
    """Twice the same action, by a bridge that was started anew: what a restart between an order and its report comes to."""
    with _position(stage) as (position, _result, _started_at):
        tag = "dtms-again".ljust(MAXIMUM_COMMENT, "y")
        action = _closing_action(position, stage.volume, tag)
        reports: list[ActionResult] = []
        for _life in range(2):
            bridge = Bridge(_OneLease(action, reports), stage.terminal, "")
            bridge.heartbeat()
            bridge.drain()
        told = [(result.code, result.volume) for result in reports]
        _equal(told, [(codes.DONE, stage.volume)] * 2)
        _equal(_still(stage, position).volume, stage.volume, "it was made twice")


def _loses_answer(stage: TerminalStage) -> None:
    if stage.lose_answer is None:
        return
    with _position(stage) as (position, _result, started_at):
        stage.lose_answer()
        comment = "dtms-lost".ljust(MAXIMUM_COMMENT, "z")
        result = stage.terminal.order(closing_deal(position, volume=stage.volume, comment=comment))
        unknown = (
            result.code in (codes.TIMEOUT, codes.CONNECTION, codes.ERROR)
            if result.outcome is None
            else result.outcome == "UNKNOWN"
        )
        _true(unknown, f"it says {result}: nobody knows that")
        answer = stage.terminal.deals(started_at - _HOUR)
        _true(any(deal.comment == comment for deal in answer.deals), "its deal is not told")


def _is_cut_off(stage: TerminalStage) -> None:
    if stage.disconnect is None:
        return
    stage.terminal.account()
    stage.disconnect()
    _equal(stage.terminal.account().connected, False)
    _equal(stage.terminal.positions().complete, False, "no answer is not 'nothing is open'")
    _equal(stage.terminal.deals(0).complete, False)
    _refused(stage.terminal.order(opening_deal(stage.symbol, "BUY", stage.volume)), "it traded")


TERMINAL_CHECKS: Sequence[TerminalCheck] = (
    TerminalCheck("the account tells its money, its mode and its clock", _tells_account),
    TerminalCheck("an order that opens is a position and a deal, with its tag, number and stop", _opens),
    TerminalCheck("both levels of a position are set, and one can be taken away", _sets_levels),
    TerminalCheck("a part is closed: the position stays the same one", _closes_part),
    TerminalCheck("a position that is not the order's is left alone", _leaves_others_alone),
    TerminalCheck("what cannot be is refused by code, and changes nothing", _refuses),
    TerminalCheck("deals are told from the moment that is asked for", _tells_deals_since),
    TerminalCheck("an order is found again by its tag, and not made twice", _finds_orders),
    TerminalCheck("an order without an answer is unknown, and its deal shows it", _loses_answer, "lose_answer"),
    TerminalCheck(
        "without a broker it says so: nothing is complete, nothing raises", _is_cut_off, "disconnect"
    ),
)


@contextmanager
def _position(stage: TerminalStage) -> Iterator[tuple[BrokerPosition, OrderResult, int]]:
    """A position of twice the volume, whose rest is closed at the end, with its result and when it began."""
    started_at = stage.terminal.account().time
    order = opening_deal(
        stage.symbol,
        "BUY",
        2 * stage.volume,
        stop_loss=stage.loose_stop,
        magic_number=_MAGIC,
        comment=_TAG,
    )
    result = _done(stage.terminal.order(order))
    if result.opened_ticket is None:
        raise AssertionError("the answer does not tell the position that was opened")
    identifier = result.opened_ticket
    try:
        position = _found(stage, identifier)
        if position is None:
            raise AssertionError(f"position {identifier} is not told")
        yield position, result, started_at
    finally:
        left = _found(stage, identifier)
        if left is not None:
            stage.terminal.order(closing_deal(left))
    _equal(_found(stage, identifier), None, "a position that was closed is still told")


def _positions(stage: TerminalStage) -> Sequence[BrokerPosition]:
    answer = stage.terminal.positions()
    _true(answer.complete, "the positions are not complete")
    return answer.positions


def _found(stage: TerminalStage, identifier: int) -> BrokerPosition | None:
    return next((each for each in _positions(stage) if each.identifier == identifier), None)


def _still(stage: TerminalStage, position: BrokerPosition) -> BrokerPosition:
    found = _found(stage, position.identifier)
    if found is None:
        raise AssertionError("the position is gone")
    return found


def _deal(stage: TerminalStage, ticket: int | None, started_at: int) -> BrokerDeal:
    answer = stage.terminal.deals(started_at - _HOUR)
    _true(answer.complete, "the deals are not complete")
    found = next((deal for deal in answer.deals if deal.deal == ticket), None)
    if found is None:
        raise AssertionError(f"deal {ticket} is not told")
    return found


def _done(result: OrderResult) -> OrderResult:
    _equal(result.code, codes.DONE, f"the broker refused: {result.code} {result.message}")
    return result


def _refused(result: OrderResult, what: str) -> None:
    _true(result.code not in (codes.DONE, codes.DONE_PARTIAL) and result.outcome != "DONE", what)
    _equal((result.opened_ticket, result.deal_ticket), (None, None))


def _closing_action(position: BrokerPosition, volume: float, tag: str) -> LeasedAction:
    leased = LeasedAction(
        ticket=position.identifier,
        position_ticket=position.ticket,
        symbol=position.symbol,
        direction=DIRECTION_BUY,
        magic_number=position.magic_number,
        tag=tag,
    )
    leased.action.action_id = tag
    leased.action.type = ACTION_TYPE_PARTIAL_CLOSE
    leased.action.volume = volume
    return leased


class _OneLease:
    """DTMS as a bridge sees it that is given one action, and the lease of it."""

    over: ClassVar[bool] = False

    def __init__(self, action: LeasedAction, reports: list[ActionResult]) -> None:
        self.action = action
        self._reports = reports
        self._left = 1

    def leases(self, on_break: Callable[[DtmsError], None]) -> nullcontext[_OneLease]:
        return nullcontext(self)

    def __iter__(self) -> Iterator[HeldLease]:
        yield from self.lease(1)

    def cancel(self) -> None:
        self._left = 0

    def lease(self, limit: int) -> Sequence[HeldLease]:
        left, self._left = self._left, 0
        return [self] * left

    def begin(self) -> bool:
        return True

    def report(self, result: ActionResult, *, occurred_at: Timestamp | None = None) -> bool:
        self._reports.append(result)
        return True

    def heartbeat(self, report: AccountReport) -> ReportAccountResponse:
        return ReportAccountResponse(ready=True)

    def reconcile(self, snapshot: BrokerSnapshot) -> ReconcilePositionsResponse:
        return ReconcilePositionsResponse()

    def closed(self, deal: BrokerDeal) -> None:
        raise AssertionError(f"the broker closed a position by itself: {deal}")
