"""Who may: what a handler demands of the member who calls it."""

from wisp_framework.policy.permissions import (
    check_requirements,
    refuse_requirements_on_group,
    require_guild,
    require_owner,
    require_permissions,
)

__all__ = [
    "check_requirements",
    "refuse_requirements_on_group",
    "require_guild",
    "require_owner",
    "require_permissions",
]
