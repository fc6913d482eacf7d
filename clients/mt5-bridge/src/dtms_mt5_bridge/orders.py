"""From a bridge's order to the request that order_send takes: price, filling, levels and deviation."""

from dataclasses import dataclass
from typing import Any

from dtms.bridge import DealRequest, OrderResult, StopsRequest, untraded

from . import codes
from .records import Position, SymbolSpec, Tick

BUY, SELL = codes.ORDER_TYPE_BUY, codes.ORDER_TYPE_SELL


@dataclass(frozen=True)
class Order:
    """A request for order_send; a market order still lacks its filling mode."""

    request: dict[str, Any]
    stop_loss: float | None


def concerns(request: DealRequest | StopsRequest, position: Position) -> bool:
    """Whether the position under a request's ticket is the request's: of its symbol, and on the side that it closes."""
    side = SELL if isinstance(request, DealRequest) and request.direction == "BUY" else BUY
    closes = isinstance(request, StopsRequest) or position.type == side
    return closes and position.symbol == request.symbol


def stops(request: StopsRequest, position: Position, spec: SymbolSpec) -> Order | OrderResult:
    """TRADE_ACTION_SLTP with both levels; what changes nothing is not sent."""
    stop, target = _level(request.stop_loss, spec), _level(request.take_profit, spec)
    half = spec.tick_size / 2
    if abs(position.sl - stop) < half and abs(position.tp - target) < half:
        return untraded(codes.TRADE_RETCODE_NO_CHANGES, position.sl or None, "both levels are there")
    order = {
        "action": codes.TRADE_ACTION_SLTP,
        "symbol": position.symbol,
        "position": position.ticket,
        "sl": stop,
        "tp": target,
        "magic": request.magic_number,
        "comment": request.comment,
    }
    return Order(order, stop or None)


def deal(
    request: DealRequest, spec: SymbolSpec, tick: Tick | None, deviation_points: int
) -> Order | OrderResult:
    """TRADE_ACTION_DEAL: a market order, which names the position that it closes."""
    lots = spec.volume(request.volume)
    if lots <= 0:
        why = f"{request.volume} lots are below the minimum"
        return untraded(codes.TRADE_RETCODE_INVALID_VOLUME, why=why)
    if tick is None:
        return untraded(codes.TRADE_RETCODE_PRICE_OFF, why=f"no quote of {request.symbol}")
    side = BUY if request.direction == "BUY" else SELL
    price, deviation = request.price, round(request.deviation / spec.point)
    if price is None:
        price, deviation = tick.ask if side == BUY else tick.bid, deviation_points
    order: dict[str, Any] = {
        "action": codes.TRADE_ACTION_DEAL,
        "symbol": request.symbol,
        "volume": lots,
        "type": side,
        "price": price,
        "deviation": deviation,
        "magic": request.magic_number,
        "comment": request.comment,
        "type_time": codes.ORDER_TIME_GTC,
    }
    if request.position is not None:
        return Order(order | {"position": request.position}, None)
    stop, target = _level(request.stop_loss, spec), _level(request.take_profit, spec)
    if stop > 0:
        order["sl"] = stop
    if target > 0:
        order["tp"] = target
    return Order(order, stop or None)


def _level(price: float | None, spec: SymbolSpec) -> float:
    """A level on a tick; 0, as the package has it, for none."""
    return 0.0 if price is None else spec.price(price)
