"""What a client has seen of the log: it says so with what it reads, and a server that is behind catches up
before it answers. So a program reads what it wrote, and never goes back in time, whichever server it asks."""

from __future__ import annotations

import threading

from google.protobuf.message import Message

from dtms.errors import DtmsError
from dtms.v1.error_reason_pb2 import ERROR_REASON_REVISION_IN_FUTURE

_KEY = "dtms-min-revision"
_TRADE = "trade"
_FIELDS = ("revision", "head_revision")

Metadata = tuple[tuple[str, str], ...]


class Seen:
    """The newest revision that any answer told. Threads may share it."""

    def __init__(self) -> None:
        self._newest = 0
        self._lock = threading.Lock()

    def saying(self, metadata: Metadata) -> Metadata:
        """The metadata with what was seen."""
        newest = self._newest
        return metadata if newest == 0 else (*metadata, (_KEY, str(newest)))

    def note(self, answer: Message) -> None:
        """Takes what an answer tells of its place, or of that of a trade in it."""
        trade: object = getattr(answer, _TRADE, None)
        for message in (answer, trade):
            if not isinstance(message, Message):
                continue
            for name in _FIELDS:
                if name in message.DESCRIPTOR.fields_by_name:
                    self._reach(getattr(message, name))

    def refused(self, error: DtmsError, metadata: Metadata) -> bool:
        """True when the log is another one than it was, such as a restored one: what was seen of the one before
        is forgotten, and the call may be tried again.
        """
        if not error.has_reason(ERROR_REASON_REVISION_IN_FUTURE):
            return False
        said = next((int(value) for key, value in metadata if key == _KEY), 0)
        if said == 0:
            return False
        with self._lock:
            if self._newest == said:
                self._newest = 0
        return True

    def _reach(self, revision: object) -> None:
        if not isinstance(revision, int):
            return
        with self._lock:
            self._newest = max(self._newest, revision)
