"""Who may: what a handler demands of the member who calls it, and the rules of each guild."""

from wisp_framework.policy.callers import Caller, ContextCaller, InteractionCaller, MemberCaller
from wisp_framework.policy.demands import NOTHING, Demands, Per, demands_of, refuse_requirements_on_group
from wisp_framework.policy.limits import MemoryRateStore, RateStore, concurrency, cooldown
from wisp_framework.policy.permissions import (
    require_bot_permissions,
    require_guild,
    require_owner,
    require_permissions,
)
from wisp_framework.policy.rulebook import MemoryPolicyStore, PolicyStore, RuleBook
from wisp_framework.policy.rules import PRECEDENCE, Rule, Subject

__all__ = [
    "NOTHING",
    "PRECEDENCE",
    "Caller",
    "ContextCaller",
    "Demands",
    "InteractionCaller",
    "MemberCaller",
    "MemoryPolicyStore",
    "MemoryRateStore",
    "Per",
    "PolicyStore",
    "RateStore",
    "Rule",
    "RuleBook",
    "Subject",
    "concurrency",
    "cooldown",
    "demands_of",
    "refuse_requirements_on_group",
    "require_bot_permissions",
    "require_guild",
    "require_owner",
    "require_permissions",
]
