"""What clients ask of the gateway once they are let in: presence and voice.

Source: https://docs.discord.com/developers/events/gateway-events#send-events
"""

from datetime import datetime

from wisp_sim.gateway.session import Session
from wisp_sim.model.payload import Payload
from wisp_sim.model.presence import STATUSES, Presence
from wisp_sim.model.voice import VoiceState
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.store import Store
from wisp_sim.state.voice import disconnect, enter

_MAX_ACTIVITY_CHARS = 128
_MAX_URL_CHARS = 512


def presence_of(data: object, now: datetime) -> Presence | None:
    """The presence that a client asks for; None if it cannot be read, and then nothing happens."""
    form = Form(data, Errors())
    status = form.text("status") or "online"
    activities = tuple(_activity(entry) for entry in form.forms("activities"))
    if form.errors.found or status not in STATUSES:
        return None
    return Presence(status, activities, int(now.timestamp() * 1000))


def _activity(form: Form) -> Payload:
    """What others see of it, whatever else a client says; bots have no more."""
    activity: Payload = {
        "name": form.text("name", max_chars=_MAX_ACTIVITY_CHARS, required=True),
        "type": form.integer("type", least=0, most=5, required=True),
        "url": form.text("url", max_chars=_MAX_URL_CHARS),
        "state": form.text("state", max_chars=_MAX_ACTIVITY_CHARS),
        "details": form.text("details", max_chars=_MAX_ACTIVITY_CHARS),
    }
    return {key: value for key, value in activity.items() if value is not None}


def change_voice(store: Store, session: Session, data: object) -> None:
    """Let a client be in a voice channel, move or leave; what it may not do does not happen."""
    form = Form(data, Errors())
    guild = store.guilds.get(form.snowflake("guild_id", required=True) or 0)
    channel_id = form.snowflake("channel_id")
    mute, deaf, video = (form.truth(key) or False for key in ("self_mute", "self_deaf", "self_video"))
    user_id = session.account.id
    if form.errors.found or guild is None or user_id not in guild.members:
        return
    if channel_id is None:
        disconnect(store, guild, user_id)
    else:
        enter(store, guild, VoiceState(user_id, channel_id, session.id, mute, deaf, video))
