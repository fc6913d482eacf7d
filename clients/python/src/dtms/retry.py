"""When a failed call is tried again: exponential, with full jitter, and what the service asks for first."""

from __future__ import annotations

import random
import time

from dtms.errors import DtmsError

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 2.0


class Backoff:
    """Counts failures in a row and says how long to wait after each, in seconds."""

    def __init__(self) -> None:
        self._failures = 0

    def reset(self) -> None:
        """Progress was made: the next failure is the first again."""
        self._failures = 0

    def delay(self, error: DtmsError) -> float:
        ceiling = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0**self._failures)
        # Beyond this the ceiling stands, and a power of two would grow for ever.
        self._failures = min(self._failures + 1, 16)
        return (error.retry_after or 0.0) + random.uniform(0.0, ceiling)


class Attempts:
    """The attempts of one call: at most `retry_for` seconds after the first the last one begins."""

    def __init__(self, retry_for: float) -> None:
        self._until = time.monotonic() + retry_for
        self._backoff = Backoff()

    def delay(self, error: DtmsError) -> float:
        """How long to wait before the next attempt, in seconds; raises the error when there is none."""
        if not error.transient:
            raise error
        delay = self._backoff.delay(error)
        # What could begin only after its time is not waited for: the service may ask for a minute.
        if time.monotonic() + delay > self._until:
            raise error
        return delay
