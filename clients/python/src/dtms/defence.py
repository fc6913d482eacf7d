"""Questions before a trade is touched, answered from a short cache that goes on for a while when DTMS cannot
be reached and is conservative after that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable

from dtms.defence_rules import (
    CACHE_FOR,
    LAST_KNOWN_FOR,
    Defensive,
    Look,
    Memory,
    Modification,
    Permission,
    is_away,
)
from dtms.errors import DtmsError
from dtms.v1.ownership_service_pb2 import BatchGetOwnershipRequest, BatchGetOwnershipResponse

# For a question to the server, in seconds.
QUESTION_TIMEOUT = 2.0

Ask = Callable[[BatchGetOwnershipRequest], BatchGetOwnershipResponse]
AsyncAsk = Callable[[BatchGetOwnershipRequest], Awaitable[BatchGetOwnershipResponse]]


class Defence:
    """What a manager may do with an account's trades; threads may share it.

    ```python
    defence = client.defence("demo", manager="intelligent_exit_manager")
    if defence.may_modify(42, "trailing"):
        ...
    ```

    An answer is `fresh` or `cached` (up to 10 s); when DTMS cannot be reached, `last_known` (up to 30 s),
    then `conservative`: breakeven and partial profit are allowed, everything else is refused, and the trade
    counts as defended. Methods raise DtmsError only for what waiting does not cure, such as a key without
    permission.
    """

    def __init__(
        self,
        ask: Ask,
        account: str,
        manager: str,
        *,
        cache_for: float = CACHE_FOR,
        last_known_for: float = LAST_KNOWN_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._account = account
        self._manager = manager
        self._clock = clock
        self._memory = Memory(cache_for, last_known_for)
        self._lock = threading.Lock()

    def is_defensive(self, ticket: int) -> Defensive:
        """Whether DTMS defends the trade (WARNING_L2, HEDGED), and so owns all of it."""
        return self._look(ticket).defensive()

    def may_modify(self, ticket: int, modification: Modification) -> Permission:
        """Whether the manager would get a lease for the modification now."""
        return self._look(ticket).permission(modification)

    def _look(self, ticket: int) -> Look:
        asked_at = self._clock()
        with self._lock:
            look = self._memory.cached(ticket, asked_at)
        if look is not None:
            return look
        try:
            # Not under the lock: others are answered from what is known meanwhile.
            answer = self._ask(_question(self._account, self._manager, ticket))
        except DtmsError as error:
            if not is_away(error):
                raise
            with self._lock:
                self._memory.failed(self._clock())
                return self._memory.without(ticket, self._clock())
        with self._lock:
            return self._memory.told(ticket, answer, asked_at, self._clock())


class AsyncDefence:
    """As Defence, awaited, within one event loop."""

    def __init__(
        self,
        ask: AsyncAsk,
        account: str,
        manager: str,
        *,
        cache_for: float = CACHE_FOR,
        last_known_for: float = LAST_KNOWN_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._account = account
        self._manager = manager
        self._clock = clock
        self._memory = Memory(cache_for, last_known_for)

    async def is_defensive(self, ticket: int) -> Defensive:
        """Whether DTMS defends the trade (WARNING_L2, HEDGED), and so owns all of it."""
        return (await self._look(ticket)).defensive()

    async def may_modify(self, ticket: int, modification: Modification) -> Permission:
        """Whether the manager would get a lease for the modification now."""
        return (await self._look(ticket)).permission(modification)

    async def _look(self, ticket: int) -> Look:
        asked_at = self._clock()
        look = self._memory.cached(ticket, asked_at)
        if look is not None:
            return look
        try:
            answer = await self._ask(_question(self._account, self._manager, ticket))
        except DtmsError as error:
            if not is_away(error):
                raise
            self._memory.failed(self._clock())
            return self._memory.without(ticket, self._clock())
        return self._memory.told(ticket, answer, asked_at, self._clock())


def _question(account: str, manager: str, ticket: int) -> BatchGetOwnershipRequest:
    return BatchGetOwnershipRequest(account=account, tickets=[ticket], manager=manager)
