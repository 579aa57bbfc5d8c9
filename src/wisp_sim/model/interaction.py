"""What a user did with a bot, and how far the bot's answer is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from wisp_sim.model.kinds import CallbackType, InteractionType
from wisp_sim.model.message import Message
from wisp_sim.model.payload import Payload


class Stage(Enum):
    """How far an interaction is."""

    WAITING = "waiting for the first answer"
    ANSWERED = "answered"
    FAILED = "not answered in time"


@dataclass(slots=True)
class Interaction:
    """One interaction.

    ``source`` is the one that had opened a submitted form; ``original`` is what ``@original`` means.
    ``owners`` tells by kind of installation who had authorized the application: the guild (0 in direct
    messages), the user, or both.
    """

    id: int
    token: str
    application_id: int
    type: InteractionType
    user_id: int
    channel_id: int
    guild_id: int | None
    created_at: datetime
    data: Payload
    nonce: str | None = None
    message: Message | None = None
    source: "Interaction | None" = None
    command_name: str | None = None
    command_type: int | None = None
    stage: Stage = Stage.WAITING
    callback: CallbackType | None = None
    original: Message | None = None
    message_ids: set[int] = field(default_factory=set)
    owners: dict[int, int] = field(default_factory=dict)
    follow_ups: int = 0


@dataclass(slots=True)
class Modal:
    """A form that a user has open; ``source`` is the interaction that it came from."""

    id: int
    custom_id: str
    components: list[Payload]
    source: Interaction
