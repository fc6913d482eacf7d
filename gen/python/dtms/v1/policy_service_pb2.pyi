from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuleCondition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RULE_CONDITION_UNSPECIFIED: _ClassVar[RuleCondition]
    RULE_CONDITION_LOSING: _ClassVar[RuleCondition]
    RULE_CONDITION_WINNING: _ClassVar[RuleCondition]

class PolicyMoment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_MOMENT_UNSPECIFIED: _ClassVar[PolicyMoment]
    POLICY_MOMENT_WEEKEND: _ClassVar[PolicyMoment]
    POLICY_MOMENT_SESSION_END: _ClassVar[PolicyMoment]
    POLICY_MOMENT_NEWS: _ClassVar[PolicyMoment]
RULE_CONDITION_UNSPECIFIED: RuleCondition
RULE_CONDITION_LOSING: RuleCondition
RULE_CONDITION_WINNING: RuleCondition
POLICY_MOMENT_UNSPECIFIED: PolicyMoment
POLICY_MOMENT_WEEKEND: PolicyMoment
POLICY_MOMENT_SESSION_END: PolicyMoment
POLICY_MOMENT_NEWS: PolicyMoment

class Policy(_message.Message):
    __slots__ = ("name", "version", "description", "priority", "scope", "observe", "plan", "rules", "risk_atrs")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    RISK_ATRS_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    description: str
    priority: int
    scope: PolicyScope
    observe: bool
    plan: PolicyPlan
    rules: _containers.RepeatedCompositeFieldContainer[ProtectiveRule]
    risk_atrs: float
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., description: _Optional[str] = ..., priority: _Optional[int] = ..., scope: _Optional[_Union[PolicyScope, _Mapping]] = ..., observe: bool = ..., plan: _Optional[_Union[PolicyPlan, _Mapping]] = ..., rules: _Optional[_Iterable[_Union[ProtectiveRule, _Mapping]]] = ..., risk_atrs: _Optional[float] = ...) -> None: ...

class PolicyScope(_message.Message):
    __slots__ = ("accounts", "symbols", "magic_numbers", "labels", "directions")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    magic_numbers: _containers.RepeatedScalarFieldContainer[int]
    labels: _containers.RepeatedScalarFieldContainer[str]
    directions: _containers.RepeatedScalarFieldContainer[_types_pb2.Direction]
    def __init__(self, accounts: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ..., magic_numbers: _Optional[_Iterable[int]] = ..., labels: _Optional[_Iterable[str]] = ..., directions: _Optional[_Iterable[_Union[_types_pb2.Direction, str]]] = ...) -> None: ...

class PolicyPlan(_message.Message):
    __slots__ = ("off", "leave_out", "l1_score", "l1_clear_score", "l2_score", "l2_clear_score", "hedge_score", "recover_score", "flat_timer_seconds", "recovery_timer_seconds", "tighten_r", "partial_close", "hedge_ratio", "hedge_stop_atr", "fallback_stop_atr", "re_add")
    OFF_FIELD_NUMBER: _ClassVar[int]
    LEAVE_OUT_FIELD_NUMBER: _ClassVar[int]
    L1_SCORE_FIELD_NUMBER: _ClassVar[int]
    L1_CLEAR_SCORE_FIELD_NUMBER: _ClassVar[int]
    L2_SCORE_FIELD_NUMBER: _ClassVar[int]
    L2_CLEAR_SCORE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_SCORE_FIELD_NUMBER: _ClassVar[int]
    RECOVER_SCORE_FIELD_NUMBER: _ClassVar[int]
    FLAT_TIMER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_TIMER_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TIGHTEN_R_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_CLOSE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    HEDGE_STOP_ATR_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_STOP_ATR_FIELD_NUMBER: _ClassVar[int]
    RE_ADD_FIELD_NUMBER: _ClassVar[int]
    off: bool
    leave_out: _containers.RepeatedScalarFieldContainer[_types_pb2.ActionType]
    l1_score: float
    l1_clear_score: float
    l2_score: float
    l2_clear_score: float
    hedge_score: float
    recover_score: float
    flat_timer_seconds: int
    recovery_timer_seconds: int
    tighten_r: float
    partial_close: float
    hedge_ratio: float
    hedge_stop_atr: float
    fallback_stop_atr: float
    re_add: float
    def __init__(self, off: bool = ..., leave_out: _Optional[_Iterable[_Union[_types_pb2.ActionType, str]]] = ..., l1_score: _Optional[float] = ..., l1_clear_score: _Optional[float] = ..., l2_score: _Optional[float] = ..., l2_clear_score: _Optional[float] = ..., hedge_score: _Optional[float] = ..., recover_score: _Optional[float] = ..., flat_timer_seconds: _Optional[int] = ..., recovery_timer_seconds: _Optional[int] = ..., tighten_r: _Optional[float] = ..., partial_close: _Optional[float] = ..., hedge_ratio: _Optional[float] = ..., hedge_stop_atr: _Optional[float] = ..., fallback_stop_atr: _Optional[float] = ..., re_add: _Optional[float] = ...) -> None: ...

class ProtectiveRule(_message.Message):
    __slots__ = ("chandelier", "atr_trail", "step_locks", "breakeven", "loss_stop", "time_stop", "close_before", "size_down", "targets")
    CHANDELIER_FIELD_NUMBER: _ClassVar[int]
    ATR_TRAIL_FIELD_NUMBER: _ClassVar[int]
    STEP_LOCKS_FIELD_NUMBER: _ClassVar[int]
    BREAKEVEN_FIELD_NUMBER: _ClassVar[int]
    LOSS_STOP_FIELD_NUMBER: _ClassVar[int]
    TIME_STOP_FIELD_NUMBER: _ClassVar[int]
    CLOSE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    SIZE_DOWN_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    chandelier: AtrDistance
    atr_trail: AtrDistance
    step_locks: StepLocks
    breakeven: BreakevenRule
    loss_stop: LossStop
    time_stop: TimeStop
    close_before: CloseBefore
    size_down: SizeDown
    targets: Targets
    def __init__(self, chandelier: _Optional[_Union[AtrDistance, _Mapping]] = ..., atr_trail: _Optional[_Union[AtrDistance, _Mapping]] = ..., step_locks: _Optional[_Union[StepLocks, _Mapping]] = ..., breakeven: _Optional[_Union[BreakevenRule, _Mapping]] = ..., loss_stop: _Optional[_Union[LossStop, _Mapping]] = ..., time_stop: _Optional[_Union[TimeStop, _Mapping]] = ..., close_before: _Optional[_Union[CloseBefore, _Mapping]] = ..., size_down: _Optional[_Union[SizeDown, _Mapping]] = ..., targets: _Optional[_Union[Targets, _Mapping]] = ...) -> None: ...

class AtrDistance(_message.Message):
    __slots__ = ("atrs",)
    ATRS_FIELD_NUMBER: _ClassVar[int]
    atrs: float
    def __init__(self, atrs: _Optional[float] = ...) -> None: ...

class StepLocks(_message.Message):
    __slots__ = ("steps",)
    STEPS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[LockStep]
    def __init__(self, steps: _Optional[_Iterable[_Union[LockStep, _Mapping]]] = ...) -> None: ...

class LockStep(_message.Message):
    __slots__ = ("at_r", "lock_r")
    AT_R_FIELD_NUMBER: _ClassVar[int]
    LOCK_R_FIELD_NUMBER: _ClassVar[int]
    at_r: float
    lock_r: float
    def __init__(self, at_r: _Optional[float] = ..., lock_r: _Optional[float] = ...) -> None: ...

class BreakevenRule(_message.Message):
    __slots__ = ("at_r", "buffer_r")
    AT_R_FIELD_NUMBER: _ClassVar[int]
    BUFFER_R_FIELD_NUMBER: _ClassVar[int]
    at_r: float
    buffer_r: float
    def __init__(self, at_r: _Optional[float] = ..., buffer_r: _Optional[float] = ...) -> None: ...

class LossStop(_message.Message):
    __slots__ = ("at_r",)
    AT_R_FIELD_NUMBER: _ClassVar[int]
    at_r: float
    def __init__(self, at_r: _Optional[float] = ...) -> None: ...

class TimeStop(_message.Message):
    __slots__ = ("bars", "when")
    BARS_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    bars: int
    when: RuleCondition
    def __init__(self, bars: _Optional[int] = ..., when: _Optional[_Union[RuleCondition, str]] = ...) -> None: ...

class CloseBefore(_message.Message):
    __slots__ = ("what", "minutes", "when")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    what: PolicyMoment
    minutes: int
    when: RuleCondition
    def __init__(self, what: _Optional[_Union[PolicyMoment, str]] = ..., minutes: _Optional[int] = ..., when: _Optional[_Union[RuleCondition, str]] = ...) -> None: ...

class SizeDown(_message.Message):
    __slots__ = ("bars", "keep")
    BARS_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    bars: int
    keep: float
    def __init__(self, bars: _Optional[int] = ..., keep: _Optional[float] = ...) -> None: ...

class Targets(_message.Message):
    __slots__ = ("targets",)
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[Target]
    def __init__(self, targets: _Optional[_Iterable[_Union[Target, _Mapping]]] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("at_r", "share")
    AT_R_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    at_r: float
    share: float
    def __init__(self, at_r: _Optional[float] = ..., share: _Optional[float] = ...) -> None: ...

class ListedPolicy(_message.Message):
    __slots__ = ("policy", "deleted", "uses")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    deleted: bool
    uses: _containers.RepeatedCompositeFieldContainer[PolicyUse]
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., deleted: bool = ..., uses: _Optional[_Iterable[_Union[PolicyUse, _Mapping]]] = ...) -> None: ...

class PolicyUse(_message.Message):
    __slots__ = ("version", "trades")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    version: int
    trades: int
    def __init__(self, version: _Optional[int] = ..., trades: _Optional[int] = ...) -> None: ...

class PolicyChange(_message.Message):
    __slots__ = ("account", "ticket", "symbol", "to", "planned", "suppressed", "withdrawn_action_ids")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    symbol: str
    to: _types_pb2.PolicyRef
    planned: _containers.RepeatedCompositeFieldContainer[_types_pb2.Action]
    suppressed: _containers.RepeatedCompositeFieldContainer[_types_pb2.SuppressedAction]
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., to: _Optional[_Union[_types_pb2.PolicyRef, _Mapping]] = ..., planned: _Optional[_Iterable[_Union[_types_pb2.Action, _Mapping]]] = ..., suppressed: _Optional[_Iterable[_Union[_types_pb2.SuppressedAction, _Mapping]]] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., **kwargs) -> None: ...

class UpsertPolicyRequest(_message.Message):
    __slots__ = ("policy", "by", "reason", "request_id")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    by: str
    reason: str
    request_id: str
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpsertPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class GetPolicyRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: ListedPolicy
    def __init__(self, policy: _Optional[_Union[ListedPolicy, _Mapping]] = ...) -> None: ...

class ListPoliciesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPoliciesResponse(_message.Message):
    __slots__ = ("policies", "revision")
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[ListedPolicy]
    revision: int
    def __init__(self, policies: _Optional[_Iterable[_Union[ListedPolicy, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class DeletePolicyRequest(_message.Message):
    __slots__ = ("name", "by", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    by: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletePolicyResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    def __init__(self, deleted: bool = ...) -> None: ...

class AssignPolicyRequest(_message.Message):
    __slots__ = ("account", "name", "tickets", "by", "reason", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    name: str
    tickets: _containers.RepeatedScalarFieldContainer[int]
    by: str
    reason: str
    request_id: str
    def __init__(self, account: _Optional[str] = ..., name: _Optional[str] = ..., tickets: _Optional[_Iterable[int]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AssignPolicyResponse(_message.Message):
    __slots__ = ("changes", "changed")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[PolicyChange]
    changed: int
    def __init__(self, changes: _Optional[_Iterable[_Union[PolicyChange, _Mapping]]] = ..., changed: _Optional[int] = ...) -> None: ...

class PreviewPolicyRequest(_message.Message):
    __slots__ = ("account", "name", "policy", "tickets")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    account: str
    name: str
    policy: Policy
    tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, account: _Optional[str] = ..., name: _Optional[str] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class PreviewPolicyResponse(_message.Message):
    __slots__ = ("changes", "changed")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[PolicyChange]
    changed: int
    def __init__(self, changes: _Optional[_Iterable[_Union[PolicyChange, _Mapping]]] = ..., changed: _Optional[int] = ...) -> None: ...
