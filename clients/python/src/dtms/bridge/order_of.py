"""The way from a leased action and the positions at the broker to the one order it is, or to the answer where there is
nothing to send. What is at the broker counts, not what DTMS thought when it planned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dtms.bridge import return_codes as codes
from dtms.bridge.terminal import (
    MAXIMUM_COMMENT,
    BrokerPosition,
    DealEntry,
    Direction,
    MarginMode,
    OrderRequest,
    OrderResult,
    StopsRequest,
    closing_deal,
    opening_deal,
    opposite,
    untraded,
)
from dtms.v1.action_service_pb2 import LeasedAction
from dtms.v1.types_pb2 import (
    ACTION_TYPE_CLOSE_ALL,
    ACTION_TYPE_CLOSE_HEDGE,
    ACTION_TYPE_MOVE_SL_BREAKEVEN,
    ACTION_TYPE_OPEN_HEDGE,
    ACTION_TYPE_PARTIAL_CLOSE,
    ACTION_TYPE_RE_ADD,
    ACTION_TYPE_TIGHTEN_SL,
    ACTION_TYPE_TRAIL_SL,
    DIRECTION_SELL,
)

Decision = OrderRequest | OrderResult
"""Either an order to send, or what to report without sending one."""


@dataclass(frozen=True)
class AtBroker:
    """What an action is decided on."""

    margin_mode: MarginMode
    positions: Sequence[BrokerPosition]
    """A complete answer: a position that is not in it is not open."""


_OPENS = frozenset({ACTION_TYPE_OPEN_HEDGE, ACTION_TYPE_RE_ADD})
_CLOSES = frozenset({ACTION_TYPE_PARTIAL_CLOSE, ACTION_TYPE_CLOSE_ALL, ACTION_TYPE_CLOSE_HEDGE})


def entries_of(action: LeasedAction) -> frozenset[DealEntry]:
    """Which deals an action's order can make; none for one that moves a stop."""
    if action.action.type in _OPENS:
        return frozenset({"IN", "INOUT"})
    return frozenset({"OUT", "INOUT"}) if action.action.type in _CLOSES else frozenset()


def order_of(action: LeasedAction, at: AtBroker) -> Decision:
    """What an action is at the broker."""
    if not (action.tag.isascii() and 0 < len(action.tag) <= MAXIMUM_COMMENT):
        # Cut off, it would not be found again: neither by a bridge nor by DTMS.
        return untraded(codes.INVALID, why=f"{action.tag!r} cannot be an order's comment")
    decide = _DECISIONS.get(action.action.type)
    if decide is None:
        return untraded(codes.INVALID, why="an action this bridge does not know")
    return decide(action, at)


def direction_of(action: LeasedAction) -> Direction:
    """The trade's direction."""
    return "SELL" if action.direction == DIRECTION_SELL else "BUY"


def _held(
    action: LeasedAction, at: AtBroker, identifier: int, direction: Direction
) -> BrokerPosition | OrderResult:
    """The position with this identifier while it is held in this direction; one of another symbol is somebody else's."""
    found = next((position for position in at.positions if position.identifier == identifier), None)
    if found is not None and found.symbol != action.symbol:
        return untraded(codes.INVALID, why=f"{identifier} is of {found.symbol}")
    if found is None or found.direction != direction:
        return untraded(codes.POSITION_CLOSED, why=f"{identifier} is not open")
    return found


def _of_trade(action: LeasedAction, at: AtBroker) -> BrokerPosition | OrderResult:
    return _held(action, at, action.ticket, direction_of(action))


def _tighter(direction: Direction, a: float | None, b: float | None) -> float | None:
    """The tighter of two stops of a position; None is the loosest."""
    if a is None or b is None:
        return b if a is None else a
    return max(a, b) if direction == "BUY" else min(a, b)


def _stop_of(action: LeasedAction) -> float | None:
    return action.action.stop_loss if action.action.HasField("stop_loss") else None


def _move_stop(action: LeasedAction, at: AtBroker) -> Decision:
    """Sends the target along, as the broker has it: a modification sets both levels. Never loosens."""
    position = _of_trade(action, at)
    if isinstance(position, OrderResult):
        return position
    stop = _stop_of(action)
    if stop is None:
        return untraded(codes.INVALID, position.stop_loss, "the action names no stop")
    if _tighter(position.direction, position.stop_loss, stop) == position.stop_loss:
        return untraded(codes.NO_CHANGES, position.stop_loss, f"the stop is at {position.stop_loss}")
    return StopsRequest(
        position.symbol, position.ticket, stop, position.take_profit, action.magic_number, action.tag
    )


def _close_part(action: LeasedAction, at: AtBroker) -> Decision:
    position = _of_trade(action, at)
    if isinstance(position, OrderResult):
        return position
    if not action.action.HasField("volume"):
        return untraded(codes.INVALID_VOLUME, why="the action names no volume")
    volume = _part_of(action, position)
    if volume <= 0:
        why = f"{position.volume} are open, and {action.leaves} are to be left"
        return untraded(codes.NO_CHANGES, why=why)
    return closing_deal(position, volume=volume, magic_number=action.magic_number, comment=action.tag)


def _part_of(action: LeasedAction, position: BrokerPosition) -> float:
    """No more than was decided, and than what is above what that is to leave: somebody may have closed since the last
    snapshot. 0 where no order can close that."""
    volume = action.action.volume
    if not action.HasField("leaves"):
        return min(volume, position.volume)
    above = round(position.volume - action.leaves, 8)
    if volume <= above:
        return volume
    step = action.volume_step
    part = round(math.floor(above / step + 1e-6) * step, 8) if step > 0 else above
    return 0.0 if part < action.volume_min else max(part, 0.0)


def _close_whole(action: LeasedAction, at: AtBroker) -> Decision:
    return _closed(action, _of_trade(action, at))


def _close_hedge(action: LeasedAction, at: AtBroker) -> Decision:
    if action.hedge_ticket == 0:
        # A hedge that is not named is not known to be closed.
        return untraded(codes.INVALID, why="the action names no hedge")
    return _closed(action, _held(action, at, action.hedge_ticket, opposite(direction_of(action))))


def _closed(action: LeasedAction, position: BrokerPosition | OrderResult) -> Decision:
    if isinstance(position, OrderResult):
        return position
    return closing_deal(position, magic_number=action.magic_number, comment=action.tag)


def _open_hedge(action: LeasedAction, at: AtBroker) -> Decision:
    """Opens nothing for a position that is gone, no more than is left of it, and nothing that would reduce it instead."""
    if at.margin_mode == "netting":
        return untraded(codes.HEDGE_PROHIBITED, why="the account nets: it would close the position")
    position = _of_trade(action, at)
    if isinstance(position, OrderResult):
        return position
    direction = opposite(position.direction)
    return _opening(action, direction, _stop_of(action), None, most=position.volume)


def _add(action: LeasedAction, at: AtBroker) -> Decision:
    """On a hedging account another position with the trade's levels. On a netting one more of the position: the order's
    levels become the position's, so it sends along what is there."""
    position = _of_trade(action, at)
    if isinstance(position, OrderResult):
        return position
    stop = _tighter(position.direction, _stop_of(action), position.stop_loss)
    target = action.take_profit if action.HasField("take_profit") else None
    if position.take_profit is not None:
        target = position.take_profit
    return _opening(action, position.direction, stop, target)


def _opening(
    action: LeasedAction,
    direction: Direction,
    stop_loss: float | None,
    take_profit: float | None,
    *,
    most: float = math.inf,
) -> Decision:
    if not action.action.HasField("volume"):
        return untraded(codes.INVALID_VOLUME, why="the action names no volume")
    return opening_deal(
        action.symbol,
        direction,
        min(action.action.volume, most),
        stop_loss=stop_loss,
        take_profit=take_profit,
        magic_number=action.magic_number,
        comment=action.tag,
    )


_DECISIONS: dict[int, Callable[[LeasedAction, AtBroker], Decision]] = {
    ACTION_TYPE_TIGHTEN_SL: _move_stop,
    ACTION_TYPE_TRAIL_SL: _move_stop,
    ACTION_TYPE_MOVE_SL_BREAKEVEN: _move_stop,
    ACTION_TYPE_PARTIAL_CLOSE: _close_part,
    ACTION_TYPE_CLOSE_ALL: _close_whole,
    ACTION_TYPE_CLOSE_HEDGE: _close_hedge,
    ACTION_TYPE_OPEN_HEDGE: _open_hedge,
    ACTION_TYPE_RE_ADD: _add,
}
