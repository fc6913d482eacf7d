"""The client of DTMS. Messages and enums are in `dtms.v1`, the client for asyncio in `dtms.aio`."""

from dtms.breaker import Breaker, CircuitOpenError
from dtms.client import Call, DtmsClient
from dtms.defence import Defence
from dtms.defence_rules import Defensive, Modification, Permission
from dtms.errors import CompactedError, DtmsError, EpochChangedError, ErrorReport, Violation
from dtms.lease_loop import Lease, Leases
from dtms.values import ticket, timestamp, utc
from dtms.watch import Watch

__all__ = [
    "Breaker",
    "Call",
    "CircuitOpenError",
    "CompactedError",
    "Defence",
    "Defensive",
    "DtmsClient",
    "DtmsError",
    "EpochChangedError",
    "ErrorReport",
    "Lease",
    "Leases",
    "Modification",
    "Permission",
    "Violation",
    "Watch",
    "ticket",
    "timestamp",
    "utc",
]
