"""The client of DTMS. Messages and enums are in `dtms.v1`, the client for asyncio in `dtms.aio`."""

from dtms.client import Call, DtmsClient
from dtms.errors import CompactedError, DtmsError, EpochChangedError, ErrorReport, Violation
from dtms.values import ticket, timestamp, utc
from dtms.watch import Watch

__all__ = [
    "Call",
    "CompactedError",
    "DtmsClient",
    "DtmsError",
    "EpochChangedError",
    "ErrorReport",
    "Violation",
    "Watch",
    "ticket",
    "timestamp",
    "utc",
]
