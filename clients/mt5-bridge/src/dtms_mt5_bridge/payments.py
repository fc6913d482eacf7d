"""What was paid into the account or out of it, read so that it matches the balance.

The terminal's account and its history are two answers: a balance may move before its deal is shown.
The deals since a moment and the balance must move by the same amount, or both are asked again.
"""

import logging
import time
from collections.abc import Callable

from .clock import BrokerClock
from .mt5 import Mt5
from .records import AccountStatus, BalanceOperation

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 60 * 60
# The server counts what is at most a week old.
LOOK_BACK_SECONDS = 7 * DAY_SECONDS
# The history is asked for from the same moment on for so long, or it would grow without end.
STEADY_SECONDS = 2 * DAY_SECONDS
MOST_OPERATIONS = 1_000
TRIES = 3
PAUSE_SECONDS = 0.2
CENT = 0.01


class Payments:
    """The account's status together with the balance operations that are in it."""

    def __init__(
        self,
        mt5: Mt5,
        clock: BrokerClock,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._mt5 = mt5
        self._clock = clock
        self._now = now
        self._pause = pause
        self._from_seconds = 0
        # The balance without the deals since; None when it was not found yet.
        self._rest: float | None = None

    def status(self) -> tuple[AccountStatus, tuple[BalanceOperation, ...]]:
        """Both, in step where that can be had: what stays unexplained is a result to the server.
        Raises TerminalError.
        """
        server_now = int(self._now()) + (self._clock.offset_minutes or 0) * 60
        start = server_now - LOOK_BACK_SECONDS
        if not start - STEADY_SECONDS < self._from_seconds <= start + DAY_SECONDS:
            self._from_seconds, self._rest = start, None
        for attempt in range(TRIES):
            if attempt > 0:
                self._pause(PAUSE_SECONDS)
            status = self._mt5.status()
            moved, operations = self._mt5.ledger(self._from_seconds, server_now + DAY_SECONDS)
            rest = status.balance - moved
            if self._rest is None or abs(rest - self._rest) < CENT / 2:
                break
        else:
            log.warning("the balance moved by %.2f without a deal", rest - (self._rest or 0.0))
        self._rest = rest
        return status, operations[-MOST_OPERATIONS:]
