"""Who may open a session, and with what.

Source: https://docs.discord.com/developers/events/gateway#identifying
"""

from wisp_sim.gateway.codes import Close
from wisp_sim.gateway.session import Session
from wisp_sim.model.account import Application, User
from wisp_sim.model.kinds import ALL_INTENTS, PRIVILEGED_INTENTS, Intent
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.store import Store

_PRIVILEGED = Intent(sum(PRIVILEGED_INTENTS.values()))
# Of no effect, and not documented; interactions.py 5.16 sends it with its default intents.
_UNNAMED_INTENT = 1 << 17


class RefusedError(Exception):
    """The client is not let in.

    Args:
        close: the code that its connection ends with.
    """

    def __init__(self, close: Close) -> None:
        self.close = close
        super().__init__(close.name)


def open_session(store: Store, data: object) -> Session:
    """The session that an IDENTIFY asks for.

    Raises:
        RefusedError: Discord would close the connection.
    """
    form = Form(data, Errors())
    account = account_of(store, form.data.get("token"))
    if not account.bot:
        return Session(account, None)
    intents = _intents(form, store.applications[account.id])
    return Session(account, intents, _shard(form))


def account_of(store: Store, token: object) -> User:
    """Whose token this is; a ``Bot`` in front is passed over.

    Raises:
        RefusedError: nobody's.
    """
    account = store.tokens.get(token.removeprefix("Bot ")) if isinstance(token, str) else None
    if account is None:
        raise RefusedError(Close.AUTHENTICATION_FAILED)
    return account


def _intents(form: Form, application: Application) -> Intent:
    value = form.integer("intents", least=0, required=True)
    if value is None or value & ~(int(ALL_INTENTS) | _UNNAMED_INTENT):
        raise RefusedError(Close.INVALID_INTENTS)
    intents = Intent(value & ~_UNNAMED_INTENT)
    if intents & _PRIVILEGED & ~application.approved_intents:
        raise RefusedError(Close.DISALLOWED_INTENTS)
    return intents


def _shard(form: Form) -> tuple[int, int]:
    value = form.data.get("shard")
    if value is None:
        return (0, 1)
    match value:
        case [int(shard_id), int(count)] if 0 <= shard_id < count:
            return (shard_id, count)
    raise RefusedError(Close.INVALID_SHARD)
