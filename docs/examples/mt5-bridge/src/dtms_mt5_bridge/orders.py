"""From a leased action to the one order it makes: which position, side, volume and stop.

What makes no order is a Refusal: a code as the broker would have given it, without asking the
broker.
"""

from dataclasses import dataclass
from typing import Any

from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types

from . import codes
from .records import Position, SymbolSpec, Tick

STOP_MOVES = frozenset(
    {types.ACTION_TYPE_TIGHTEN_SL, types.ACTION_TYPE_TRAIL_SL, types.ACTION_TYPE_MOVE_SL_BREAKEVEN}
)
CLOSES = frozenset(
    {types.ACTION_TYPE_PARTIAL_CLOSE, types.ACTION_TYPE_CLOSE_ALL, types.ACTION_TYPE_CLOSE_HEDGE}
)
OPENS = frozenset({types.ACTION_TYPE_OPEN_HEDGE, types.ACTION_TYPE_RE_ADD})

BUY, SELL = codes.ORDER_TYPE_BUY, codes.ORDER_TYPE_SELL


@dataclass(frozen=True)
class Order:
    """A request for order_send; a market order still lacks its filling mode."""

    request: dict[str, Any]
    stop_loss: float | None
    reduces: bool


@dataclass(frozen=True)
class Refusal:
    """Nothing to send. `stop_loss` is the stop in force where there is nothing to change."""

    code: int
    message: str
    stop_loss: float | None = None


def position_of(action: work.LeasedAction) -> int:
    """The identifier of the position that the action is about."""
    if action.action.type == types.ACTION_TYPE_CLOSE_HEDGE:
        return action.hedge_ticket
    return action.ticket


def order_side(action: work.LeasedAction) -> int:
    """ORDER_TYPE_BUY or ORDER_TYPE_SELL of a market order."""
    with_trade = BUY if action.direction == types.DIRECTION_BUY else SELL
    against = SELL if with_trade == BUY else BUY
    same_way = (types.ACTION_TYPE_RE_ADD, types.ACTION_TYPE_CLOSE_HEDGE)
    return with_trade if action.action.type in same_way else against


def find_position(positions: tuple[Position, ...], identifier: int) -> Position | None:
    """By the stable identifier: the ticket changes with a swap or a reversal."""
    return next((position for position in positions if position.identifier == identifier), None)


def stop_move(
    action: work.LeasedAction, position: Position | None, spec: SymbolSpec
) -> Order | Refusal:
    """TRADE_ACTION_SLTP with the position's present target; never looser than the present stop."""
    wrong = _wrong_position(action, position, against=False)
    if wrong is not None or position is None:
        return wrong or _gone(action)
    if not action.action.HasField("stop_loss"):
        return Refusal(codes.TRADE_RETCODE_INVALID, "the action names no stop")
    wanted = spec.price(action.action.stop_loss)
    if position.sl > 0:
        if abs(position.sl - wanted) < spec.tick_size / 2:
            return Refusal(codes.TRADE_RETCODE_NO_CHANGES, "the stop is there already", position.sl)
        if (position.sl > wanted) == (position.type == codes.POSITION_TYPE_BUY):
            return Refusal(codes.TRADE_RETCODE_NO_CHANGES, "the stop is tighter", position.sl)
    request = {
        "action": codes.TRADE_ACTION_SLTP,
        "symbol": position.symbol,
        "position": position.ticket,
        "sl": wanted,
        "tp": position.tp,
        "magic": action.magic_number,
        "comment": action.tag,
    }
    return Order(request, stop_loss=wanted, reduces=True)


def close(
    action: work.LeasedAction,
    position: Position | None,
    spec: SymbolSpec,
    tick: Tick | None,
    deviation_points: int,
) -> Order | Refusal:
    """A market order against the position, which it names, and never larger than it."""
    hedge = action.action.type == types.ACTION_TYPE_CLOSE_HEDGE
    wrong = _wrong_position(action, position, against=hedge)
    if wrong is not None or position is None:
        return wrong or _gone(action)
    whole = action.action.type == types.ACTION_TYPE_CLOSE_ALL or not action.action.volume
    volume = position.volume if whole else min(action.action.volume, position.volume)
    market = _market(action, position.symbol, volume, spec, tick, deviation_points)
    if isinstance(market, Refusal):
        return market
    return Order(market | {"position": position.ticket}, stop_loss=None, reduces=True)


def opening(
    action: work.LeasedAction,
    position: Position | None,
    spec: SymbolSpec,
    tick: Tick | None,
    deviation_points: int,
    hedging: bool,
) -> Order | Refusal:
    """OPEN_HEDGE or RE_ADD: a market order with its stop and tag."""
    if action.action.type == types.ACTION_TYPE_OPEN_HEDGE and not hedging:
        return Refusal(
            codes.TRADE_RETCODE_HEDGE_PROHIBITED,
            "a netting account: the opposite order would reduce the position",
        )
    wrong = _wrong_position(action, position, against=False)
    if wrong is not None or position is None:
        return wrong or _gone(action)
    market = _market(action, position.symbol, action.action.volume, spec, tick, deviation_points)
    if isinstance(market, Refusal):
        return market
    stop = spec.price(action.action.stop_loss) if action.action.HasField("stop_loss") else None
    if action.action.type == types.ACTION_TYPE_RE_ADD:
        stop = _tighter(stop, position)
    if stop is not None:
        market["sl"] = stop
    if not hedging and position.tp > 0:
        # The order becomes part of the position and would otherwise take its target away.
        market["tp"] = position.tp
    return Order(market, stop_loss=stop, reduces=False)


def _market(
    action: work.LeasedAction,
    symbol: str,
    volume: float,
    spec: SymbolSpec,
    tick: Tick | None,
    deviation_points: int,
) -> dict[str, Any] | Refusal:
    lots = spec.volume(volume)
    if lots <= 0:
        return Refusal(codes.TRADE_RETCODE_INVALID_VOLUME, f"{volume} lots are below the minimum")
    if tick is None:
        return Refusal(codes.TRADE_RETCODE_PRICE_OFF, f"no quote of {symbol}")
    side = order_side(action)
    return {
        "action": codes.TRADE_ACTION_DEAL,
        "symbol": symbol,
        "volume": lots,
        "type": side,
        "price": tick.ask if side == BUY else tick.bid,
        "deviation": deviation_points,
        "magic": action.magic_number,
        "comment": action.tag,
        "type_time": codes.ORDER_TIME_GTC,
    }


def _tighter(stop: float | None, position: Position) -> float | None:
    """On a netting account the order's stop becomes the position's: it must not loosen it."""
    if position.sl <= 0:
        return stop
    if stop is None:
        return position.sl
    buys = position.type == codes.POSITION_TYPE_BUY
    return max(stop, position.sl) if buys else min(stop, position.sl)


def _gone(action: work.LeasedAction) -> Refusal:
    message = f"position {position_of(action)} is not open"
    return Refusal(codes.TRADE_RETCODE_POSITION_CLOSED, message)


def _wrong_position(
    action: work.LeasedAction, position: Position | None, against: bool
) -> Refusal | None:
    """A position that is not the one the action was planned for is left alone."""
    if position is None:
        return None
    buys = (action.direction == types.DIRECTION_BUY) != against
    expected = codes.POSITION_TYPE_BUY if buys else codes.POSITION_TYPE_SELL
    if position.type != expected:
        return Refusal(codes.TRADE_RETCODE_INVALID, "the position is the other way round")
    if position.symbol != action.symbol:
        return Refusal(codes.TRADE_RETCODE_INVALID, f"the position is of {position.symbol}")
    return None
