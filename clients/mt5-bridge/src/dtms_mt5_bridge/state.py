"""What the bridge remembers between runs: nothing that it could not find out again, later."""

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Memory:
    utc_offset_minutes: int | None = None
    """The broker's clock as last found: at a weekend there is no tick to find it from."""
    reconciled_at_ms: int | None = None
    """When the last complete snapshot was taken (UTC ms): later deals are still to be told."""


class StateFile:
    """A Memory in a file. One that is lost or cannot be read is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._memory = self._read()

    @property
    def memory(self) -> Memory:
        return self._memory

    def keep(self, **changes: int) -> None:
        """Replaces fields and writes the file whole. A failure to write is logged, not raised."""
        with self._lock:
            memory = replace(self._memory, **changes)
            if memory == self._memory:
                return
            self._memory = memory
            self._write(memory)

    def _write(self, memory: Memory) -> None:
        draft = self._path.with_suffix(".new")
        try:
            draft.write_text(json.dumps(asdict(memory)), encoding="utf-8")
            os.replace(draft, self._path)
        except OSError as error:
            log.warning("the state file cannot be written: %s", error)

    def _read(self) -> Memory:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            # Earlier versions kept more.
            known = {each.name for each in fields(Memory)}
            memory = Memory(**{name: value for name, value in values.items() if name in known})
        except FileNotFoundError:
            return Memory()
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("the state file is left aside: %s", error)
            return Memory()
        whole = all(value is None or type(value) is int for value in asdict(memory).values())
        return memory if whole else Memory()
