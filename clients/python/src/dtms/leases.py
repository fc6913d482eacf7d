"""Leasing what is due now, as one call: a stream that the server ends."""

from __future__ import annotations

from dtms.v1.action_service_pb2 import LeaseActionsRequest, LeaseActionsResponse


def drained(request: LeaseActionsRequest) -> LeaseActionsRequest:
    """The request whose stream ends after what is due."""
    drain = LeaseActionsRequest()
    drain.CopyFrom(request)
    drain.drain = True
    return drain


def add_leases(leased: LeaseActionsResponse, message: LeaseActionsResponse) -> None:
    """Adds what one message of the stream gave."""
    leased.actions.extend(message.actions)
    leased.revision = message.revision
