"""What a terminal tells as the service's messages. Times of what is converted here are UTC ms."""

from __future__ import annotations

from dataclasses import asdict

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.bridge.lease_client import AccountReport
from dtms.bridge.snapshot_reader import BrokerSnapshot
from dtms.bridge.terminal import BalanceOperation, BrokerDeal, BrokerPosition, Direction, OrderResult
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import types_pb2 as types

_LONGEST_MESSAGE = 256
_LONGEST_COMMENT = 64
DIRECTIONS: dict[Direction, types.Direction] = {
    "BUY": types.DIRECTION_BUY,
    "SELL": types.DIRECTION_SELL,
}


def clean(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    """Without control characters, and not longer than the field allows."""
    return "".join(" " if c < " " or c == "\x7f" else c for c in text)[:longest]


def stamp(utc_ms: int) -> Timestamp:
    message = Timestamp()
    message.FromMilliseconds(utc_ms)
    return message


def action_result(result: OrderResult) -> types.ActionResult:
    return types.ActionResult(
        code=result.code,
        message=clean(result.message),
        outcome=f"ACTION_OUTCOME_{result.outcome or 'UNSPECIFIED'}",
        price=result.price,
        volume=result.volume,
        stop_loss=result.stop_loss,
        opened_ticket=result.opened_ticket or 0,
        deal_ticket=result.deal_ticket or 0,
    )


def heartbeat(
    account: str, bridge_id: str, kind: accounts.AccountKind, report: AccountReport
) -> accounts.ReportAccountRequest:
    return accounts.ReportAccountRequest(
        account=account,
        bridge_id=bridge_id,
        terminal_account=report.login or account,
        connected=report.connected,
        trade_allowed=report.trade_allowed,
        equity=report.equity,
        balance=report.balance,
        utc_offset_minutes=report.utc_offset_minutes,
        kind=kind,
        demo=report.demo,
        currency=report.currency,
        tells_operations=report.operations is not None,
        operations=[_operation(told) for told in report.operations or ()],
    )


def _operation(told: BalanceOperation) -> accounts.BalanceOperation:
    kind = f"BALANCE_OPERATION_KIND_{told.kind}"
    return accounts.BalanceOperation(deal=told.deal, kind=kind, amount=told.amount, time=stamp(told.time))


def snapshot(
    account: str, bridge_id: str, sequence: int, told: BrokerSnapshot
) -> accounts.ReconcilePositionsRequest:
    return accounts.ReconcilePositionsRequest(
        account=account,
        bridge_id=bridge_id,
        sequence=sequence,
        taken_at=stamp(told.taken_at),
        complete=told.complete,
        positions=[_position(each) for each in told.positions],
        deals=[_deal(each) for each in told.deals],
        deals_since=stamp(told.deals_since),
    )


def _position(told: BrokerPosition) -> accounts.BrokerPosition:
    return accounts.BrokerPosition(
        identifier=told.identifier,
        ticket=told.ticket,
        symbol=told.symbol,
        direction=DIRECTIONS[told.direction],
        volume=told.volume,
        entry_price=told.entry_price,
        stop_loss=told.stop_loss,
        take_profit=told.take_profit,
        magic_number=told.magic_number,
        comment=clean(told.comment, _LONGEST_COMMENT),
        opened_at=stamp(told.opened_at),
        swap=told.swap,
    )


def _deal(told: BrokerDeal) -> accounts.BrokerDeal:
    return accounts.BrokerDeal(
        deal=told.deal,
        position_identifier=told.position_identifier,
        symbol=told.symbol,
        entry=f"DEAL_ENTRY_{told.entry}",
        direction=DIRECTIONS[told.direction],
        volume=told.volume,
        price=told.price,
        magic_number=told.magic_number,
        comment=clean(told.comment.strip(), _LONGEST_COMMENT),
        reason=f"DEAL_REASON_{told.reason}",
        time=stamp(told.time),
        money=None if told.money is None else accounts.DealMoney(**asdict(told.money)),
    )
