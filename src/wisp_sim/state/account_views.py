"""Accounts and applications as Discord writes them in JSON."""

from datetime import datetime

from wisp_sim.model.account import Application, User
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.state.store import Store

_BOT_INTENT_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 12,
    Intent.GUILD_MEMBERS: 1 << 14,
    Intent.MESSAGE_CONTENT: 1 << 18,
}


def stamp(moment: datetime) -> str:
    """A moment as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user_view(user: User) -> Payload:
    """A user as others see it."""
    return {
        "id": str(user.id),
        "username": user.username,
        "discriminator": "0",
        "global_name": None if user.bot else user.display_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
        "bot": user.bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
    }


def self_view(user: User) -> Payload:
    """A user as it sees itself."""
    return {
        **user_view(user),
        "mfa_enabled": False,
        "verified": True,
        "locale": user.locale,
        "premium_type": 0,
        "email": None,
    }


def application_view(store: Store, application: Application) -> Payload:
    """An application as its own bot sees it."""
    flags = sum(flag for intent, flag in _BOT_INTENT_FLAGS.items() if intent & application.approved_intents)
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": user_view(store.users[application.id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": f"{application.id:064x}",
        "flags": flags,
        "flags_new": str(flags),
        "owner": user_view(store.users[application.owner_id]),
        "team": None,
        "approximate_guild_count": sum(application.id in guild.members for guild in store.guilds.values()),
        "approximate_user_install_count": sum(
            application.id in installed for installed in store.user_installs.values()
        ),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "redirect_uris": [],
        "eligible_oauth2_scopes": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}, "1": {}},
        "tags": [],
    }
