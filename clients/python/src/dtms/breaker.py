"""The circuit breaker: after several calls in a row found no server, the next ones fail at once, and now
and then one is let through to see whether the server is back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

import grpc

from dtms.errors import DtmsError, ErrorReport

# Calls in a row that ended UNAVAILABLE, with all their retries, before the circuit opens.
DEFAULT_FAILURES = 5
# How long it stays open before one call is let through as a probe, in seconds.
DEFAULT_OPEN_FOR = 1.0


class CircuitOpenError(DtmsError):
    """The circuit is open: the call was not sent. `retry_after` says when one may be let through again."""

    def __init__(self, method: str, retry_after: float) -> None:
        message = f"{method}: not sent, because the last calls found no server"
        super().__init__(
            method, ErrorReport(grpc.StatusCode.UNAVAILABLE, message, retry_after=retry_after)
        )


class Breaker:
    """Counts what calls of one client ended with; threads may share it.

    Raises ValueError on numbers that are not above 0.
    """

    def __init__(
        self,
        failures: int = DEFAULT_FAILURES,
        open_for: float = DEFAULT_OPEN_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (failures > 0 and open_for > 0):
            raise ValueError("failures and open_for must be above 0")
        self._limit = failures
        self._open_for = open_for
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    def admit(self, method: str) -> Passage:
        """Lets a call through, or raises CircuitOpenError. What it ended with must be told to the passage."""
        with self._lock:
            if self._opened_at is None:
                return Passage(self, probe=False)
            left = self._opened_at + self._open_for - self._clock()
            # While a probe is under way others would wait for it, longer perhaps than they have time.
            if self._probing or left > 0:
                raise CircuitOpenError(method, min(max(left, 0.001), self._open_for))
            self._probing = True
            return Passage(self, probe=True)

    def _ended(self, passage: Passage, answered: bool) -> None:
        with self._lock:
            if passage.probe:
                self._probing = False
                self._opened_at = None if answered else self._clock()
                self._failures = 0
            elif self._opened_at is None:
                self._failures = 0 if answered else self._failures + 1
                if self._failures >= self._limit:
                    self._opened_at = self._clock()

    def _left(self, passage: Passage) -> None:
        with self._lock:
            if passage.probe:
                self._probing = False


class Passage:
    """One call that was let through."""

    def __init__(self, breaker: Breaker, probe: bool) -> None:
        self.probe = probe
        """True when the call only finds out whether the server is back: it is tried once."""
        self._breaker = breaker
        self._told = False

    def answered(self) -> None:
        """The server is there."""
        self._told = True
        self._breaker._ended(self, answered=True)

    def failed(self, error: DtmsError) -> None:
        """A server that answers with an error is there: only UNAVAILABLE says that none is."""
        self._told = True
        self._breaker._ended(self, answered=error.code is not grpc.StatusCode.UNAVAILABLE)

    def __enter__(self) -> Passage:
        return self

    def __exit__(self, *_: object) -> None:
        # Cancelled, or interrupted: nothing was learnt, and the next call may probe.
        if not self._told:
            self._breaker._left(self)


def guard_of(choice: Breaker | Literal["default", "off"]) -> Breaker | None:
    """The breaker a client uses; None for none."""
    if choice == "off":
        return None
    return Breaker() if isinstance(choice, str) else choice
