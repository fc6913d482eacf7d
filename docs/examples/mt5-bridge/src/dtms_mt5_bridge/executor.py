"""Executes one leased action: looks whether it was done, makes one order, reads the answer.

Nothing here tries again. Whether an order is tried again is decided by DTMS, which knows what the
answer means.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types

from . import codes, orders
from .clock import BrokerClock, OffsetUnknown
from .records import Answer, Deal, Position
from .terminal import Terminal, TerminalError
from .text import clean

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
# The terminal's history may lag a fill by a moment.
FILL_LOOKS = 5
FILL_WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Execution:
    """What to report, when the broker did it (UTC ms, where known), and what follows from it."""

    result: types.ActionResult
    occurred_at_ms: int | None = None
    # Positions should be reconciled at once.
    look_again: bool = False
    # Programs may not trade any more.
    trading_disabled: bool = False


class Executor:
    """Makes one order of one action. The action must be begun."""

    def __init__(
        self,
        terminal: Terminal,
        clock: BrokerClock,
        deviation_points: int,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._deviation_points = deviation_points
        self._now = now
        self._sleep = sleep

    def execute(self, action: work.LeasedAction) -> Execution:
        """Never raises: whatever happened, there is something true to report."""
        try:
            order = self._prepared(action)
        except (TerminalError, OffsetUnknown) as error:
            return not_sent(f"nothing was sent: {error}")
        except Exception as error:
            log.exception("[%s] nothing was sent", action.action.action_id)
            return not_sent(f"nothing was sent: {type(error).__name__}")
        if isinstance(order, Execution):
            return order
        return self._sent(action, order)

    def _prepared(self, action: work.LeasedAction) -> orders.Order | Execution:
        """The order to send, or what there is to report without one."""
        if len(action.tag) > codes.COMMENT_LENGTH or not action.tag.isascii() or not action.tag:
            # Cut off, it would not be found again: neither by us nor by the reconciliation.
            return refused(
                codes.TRADE_RETCODE_INVALID, f"{action.tag!r} cannot be an order's comment"
            )
        if not self._terminal.status().connected:
            raise TerminalError("the terminal is not connected, or logged in to another account")
        if action.action.type not in orders.STOP_MOVES:
            before = self._done_before(action)
            if before is not None:
                return before
        order = self._order(action)
        if isinstance(order, orders.Refusal):
            gone = order.code == codes.TRADE_RETCODE_POSITION_CLOSED
            return refused(order.code, order.message, order.stop_loss, look_again=gone)
        return order

    def _sent(self, action: work.LeasedAction, order: orders.Order) -> Execution:
        log.info("[%s] order_send %s", action.action.action_id, order.request)
        try:
            answer = self._terminal.send(order.request)
        except TerminalError as error:
            return not_sent(f"nothing was sent: {error}")
        log.info("[%s] answer %s", action.action.action_id, answer)
        try:
            return self._read(action, order, answer)
        except Exception as error:
            # The order is out: whatever failed since, it may have been done.
            log.exception("[%s] the answer could not be read", action.action.action_id)
            return unknown(f"the answer could not be read: {type(error).__name__}")

    def _order(self, action: work.LeasedAction) -> orders.Order | orders.Refusal:
        """Raises TerminalError: then nothing was sent."""
        kind = action.action.type
        positions = self._terminal.positions()
        position = orders.find_position(positions, orders.position_of(action))
        if position is None:
            return orders.Refusal(codes.TRADE_RETCODE_POSITION_CLOSED, "the position is not open")
        spec = self._terminal.spec(position.symbol)
        if kind in orders.STOP_MOVES:
            return orders.stop_move(action, position, spec)
        tick = self._terminal.tick(position.symbol)
        deviation = self._deviation_points
        if kind in orders.CLOSES:
            order = orders.close(action, position, spec, tick, deviation)
        elif kind in orders.OPENS:
            hedging = self._terminal.status().hedging
            order = orders.opening(action, position, spec, tick, deviation, hedging)
        else:
            return orders.Refusal(
                codes.TRADE_RETCODE_INVALID, "an action this bridge does not know"
            )
        if isinstance(order, orders.Refusal):
            return order
        return self._checked(order, spec.fillings(order.reduces))

    def _checked(
        self, order: orders.Order, fillings: tuple[int, ...]
    ) -> orders.Order | orders.Refusal:
        """The order with the first filling mode that the terminal finds nothing wrong with."""
        answer = None
        for filling in fillings:
            request: dict[str, Any] = order.request | {"type_filling": filling}
            answer = self._terminal.check(request)
            if answer.retcode in (codes.CHECKED, codes.TRADE_RETCODE_DONE):
                return orders.Order(request, order.stop_loss, order.reduces)
            if answer.retcode != codes.TRADE_RETCODE_INVALID_FILL:
                break
        if answer is None:
            return orders.Refusal(codes.TRADE_RETCODE_INVALID_FILL, "no filling mode is allowed")
        if answer.retcode in codes.UNSETTLED:
            raise TerminalError(f"order_check answered {answer.retcode} {answer.comment}")
        return orders.Refusal(answer.retcode, answer.comment)

    def _done_before(self, action: work.LeasedAction) -> Execution | None:
        """What an earlier attempt did, found by its tag. Raises TerminalError: then nothing is
        sent.
        """
        if action.tag in self._terminal.working_comments():
            return unknown("an order with this tag is at work at the broker")
        planned = action.action.planned_at.ToMilliseconds()
        from_seconds = self._clock.to_server_seconds(max(planned - DAY_MS, DAY_MS))
        to_seconds = self._clock.to_server_seconds(int(self._now() * 1000) + DAY_MS)
        deals = [d for d in self._terminal.deals(from_seconds, to_seconds) if _is_of(d, action)]
        if deals:
            log.warning("[%s] was done before: deal %d", action.action.action_id, deals[-1].ticket)
            return self._filled(action, deals, codes.TRADE_RETCODE_DONE, "found by its tag", None)
        if action.action.type in orders.OPENS:
            for position in self._terminal.positions():
                if _opened_by(position, action):
                    log.warning(
                        "[%s] was done before: position %d", action.tag, position.identifier
                    )
                    return _opened(position)
        return None

    def _read(
        self, action: work.LeasedAction, order: orders.Order, answer: Answer | None
    ) -> Execution:
        if answer is None:
            return unknown("order_send did not answer")
        text = clean(answer.comment)
        code = answer.retcode
        if code in codes.TRADING_DISABLED:
            result = types.ActionResult(code=code, message=text)
            return Execution(result, trading_disabled=True)
        if code not in codes.TAKEN:
            # The code says it all, except that an unsettled one should be settled soon.
            result = types.ActionResult(code=code, message=text)
            if code == codes.TRADE_RETCODE_NO_CHANGES and order.stop_loss is not None:
                result.stop_loss = order.stop_loss
            doubtful = code in codes.UNSETTLED or code == codes.TRADE_RETCODE_POSITION_CLOSED
            return Execution(result, look_again=doubtful)
        if action.action.type in orders.STOP_MOVES:
            result = types.ActionResult(code=code, message=text)
            if order.stop_loss is not None:
                result.stop_loss = order.stop_loss
            return Execution(result)
        deals = self._fills(answer)
        if deals:
            return self._filled(action, deals, code, text, order.stop_loss)
        if code == codes.TRADE_RETCODE_PLACED and answer.deal == 0:
            # Accepted is not filled: only a deal changes the trade.
            return unknown(f"{text} (accepted, no deal yet)", code)
        return _answered(answer, text, order.stop_loss)

    def _fills(self, answer: Answer) -> list[Deal]:
        """The deals of the order, once the terminal's history has them; none if it will not."""
        if answer.order == 0:
            return []
        for look in range(FILL_LOOKS):
            if look > 0:
                self._sleep(FILL_WAIT_SECONDS)
            try:
                deals = [d for d in self._terminal.deals_of_order(answer.order)]
            except TerminalError as error:
                log.warning("the order's deals: %s", error)
                continue
            enough = answer.volume - 1e-9
            if deals and sum(d.volume for d in deals) >= enough:
                return deals
        return []

    def _filled(
        self,
        action: work.LeasedAction,
        deals: list[Deal],
        code: int,
        message: str,
        stop_loss: float | None,
    ) -> Execution:
        volume = sum(deal.volume for deal in deals)
        last = deals[-1]
        result = types.ActionResult(
            code=code,
            message=message,
            outcome=types.ACTION_OUTCOME_DONE,
            price=sum(deal.price * deal.volume for deal in deals) / volume,
            volume=round(volume, 8),
            deal_ticket=last.ticket,
        )
        if stop_loss is not None:
            result.stop_loss = stop_loss
        opens = action.action.type in orders.OPENS
        if opens and last.position_id not in (0, action.ticket):
            result.opened_ticket = last.position_id
        return Execution(result, occurred_at_ms=self._clock.to_utc_ms(last.time_msc))


def _is_of(deal: Deal, action: work.LeasedAction) -> bool:
    """Whether a deal is this action's: brokers copy a position's comment to the deal of its stop,
    too.
    """
    if deal.order_comment.strip() != action.tag or deal.magic != action.magic_number:
        return False
    if action.action.type in orders.OPENS:
        return deal.entry in (codes.DEAL_ENTRY_IN, codes.DEAL_ENTRY_INOUT)
    return deal.entry != codes.DEAL_ENTRY_IN and deal.position_id == orders.position_of(action)


def _opened_by(position: Position, action: work.LeasedAction) -> bool:
    same_side = position.type == orders.order_side(action)
    ours = position.comment.strip() == action.tag and position.magic == action.magic_number
    return ours and same_side and position.identifier != action.ticket


def _opened(position: Position) -> Execution:
    result = types.ActionResult(
        code=codes.TRADE_RETCODE_DONE,
        message="found by its tag",
        outcome=types.ACTION_OUTCOME_DONE,
        price=position.price_open,
        volume=position.volume,
        opened_ticket=position.identifier,
    )
    if position.sl > 0:
        result.stop_loss = position.sl
    return Execution(result)


def _answered(answer: Answer, text: str, stop_loss: float | None) -> Execution:
    """A fill that the history does not show: what the answer says, and a reconciliation."""
    result = types.ActionResult(code=answer.retcode, message=text, deal_ticket=answer.deal)
    if answer.price > 0:
        result.price = answer.price
    if answer.volume > 0:
        result.volume = answer.volume
    if stop_loss is not None:
        result.stop_loss = stop_loss
    return Execution(result, look_again=True)


def not_sent(message: str) -> Execution:
    """Nothing reached the broker, for a reason that passes."""
    retry = types.ACTION_OUTCOME_RETRYABLE
    return Execution(types.ActionResult(message=clean(message), outcome=retry))


def unknown(message: str, code: int = 0) -> Execution:
    """It may have been done: only a reconciliation tells."""
    outcome = types.ACTION_OUTCOME_UNKNOWN
    result = types.ActionResult(code=code, message=clean(message), outcome=outcome)
    return Execution(result, look_again=True)


def refused(
    code: int, message: str, stop_loss: float | None = None, look_again: bool = False
) -> Execution:
    """What the broker would answer, without asking it."""
    result = types.ActionResult(code=code, message=clean(message))
    if stop_loss is not None:
        result.stop_loss = stop_loss
    return Execution(result, look_again=look_again)
