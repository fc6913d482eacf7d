"""What a bridge must know of return codes. They are MetaTrader 5's (TRADE_RETCODE_*), which every adapter translates its
broker's answers to; what each means is DTMS's to decide.
"""

from __future__ import annotations

REQUOTE = 10004
REJECT = 10006
PLACED = 10008
DONE = 10009
DONE_PARTIAL = 10010
ERROR = 10011
TIMEOUT = 10012
INVALID = 10013
INVALID_VOLUME = 10014
INVALID_STOPS = 10016
MARKET_CLOSED = 10018
NO_MONEY = 10019
PRICE_OFF = 10021
ORDER_CHANGED = 10023
TOO_MANY_REQUESTS = 10024
NO_CHANGES = 10025
SERVER_DISABLES_AT = 10026
CLIENT_DISABLES_AT = 10027
INVALID_FILL = 10030
CONNECTION = 10031
POSITION_CLOSED = 10036
HEDGE_PROHIBITED = 10046

UNSETTLED = frozenset({PLACED, ERROR, TIMEOUT, ORDER_CHANGED, CONNECTION})
"""Answers that leave open whether the order was carried out."""

TRADING_DISABLED = frozenset({SERVER_DISABLES_AT, CLIENT_DISABLES_AT})
"""Answers that say that programs may not trade now."""

_TEXTS = {
    PLACED: "the order was placed; a deal shows whether it was filled",
    DONE: "done",
    DONE_PARTIAL: "only a part was filled",
    TIMEOUT: "no answer in time",
    INVALID: "invalid request",
    INVALID_VOLUME: "invalid volume",
    INVALID_STOPS: "invalid stops",
    PRICE_OFF: "no price",
    NO_CHANGES: "no changes",
    CONNECTION: "no connection to the trade server",
    POSITION_CLOSED: "the position is closed",
    HEDGE_PROHIBITED: "hedging is prohibited",
}


def code_text(code: int) -> str:
    """A code in words, for people."""
    return _TEXTS.get(code, f"code {code}")
