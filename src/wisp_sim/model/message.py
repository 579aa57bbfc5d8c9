"""Messages, and what hangs on them."""

from dataclasses import dataclass, field
from datetime import datetime

from wisp_sim.model.payload import Payload

# What somebody wrote, by Discord's type; any other type says what happened.
WRITTEN = (0, 19, 20, 23)


@dataclass(slots=True)
class Attachment:
    """A file of a message; a voice message's sound has a length and a wave form."""

    id: int
    filename: str
    data: bytes
    content_type: str | None = None
    description: str | None = None
    duration_s: float | None = None
    waveform: str | None = None
    is_spoiler: bool = False

    @property
    def media_type(self) -> str:
        """The kind of the content, without parameters."""
        return (self.content_type or "application/octet-stream").partition(";")[0].strip()


@dataclass(slots=True)
class UploadedFile:
    """A file that a user brings before its message; ``data`` is None until it came."""

    user_id: int
    filename: str
    data: bytes | None = None
    content_type: str | None = None


@dataclass(slots=True)
class Emoji:
    """A unicode emoji (no id), or one of a guild or an application."""

    name: str
    id: int | None = None
    animated: bool = False

    @property
    def key(self) -> str:
        """What tells this emoji from others."""
        return self.name if self.id is None else str(self.id)


@dataclass(slots=True)
class Reaction:
    """Who reacted with one emoji, in order: plainly, and with a super reaction."""

    emoji: Emoji
    user_ids: dict[int, None] = field(default_factory=dict)
    burst_user_ids: dict[int, None] = field(default_factory=dict)

    def who(self, *, burst: bool) -> dict[int, None]:
        """Those who reacted in one of the two ways."""
        return self.burst_user_ids if burst else self.user_ids


@dataclass(slots=True)
class Origin:
    """The interaction that a message answers; a submitted form was ``triggered_by`` another one.

    ``owners`` tells which installations authorized it: the guild, the user, or both.
    """

    interaction_id: int
    interaction_type: int
    user_id: int
    command_name: str | None = None
    command_type: int | None = None
    original_message_id: int | None = None
    interacted_message_id: int | None = None
    triggered_by: "Origin | None" = None
    owners: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Guise:
    """Whom a webhook's message seems to come from."""

    webhook_id: int
    name: str
    avatar: str | None = None
    application_id: int | None = None


@dataclass(slots=True)
class Poll:
    """A question with answers to vote for; ``votes`` by answer, in order of voting."""

    question: str
    answers: dict[int, Payload]
    ends_at: datetime
    many_answers: bool = False
    layout: int = 1
    finished: bool = False
    votes: dict[int, dict[int, None]] = field(default_factory=dict)


@dataclass(slots=True)
class Forward:
    """Another message as it was when it was sent on."""

    channel_id: int
    guild_id: int | None
    message_id: int
    snapshot: Payload


@dataclass(slots=True)
class Message:
    """One message; ``only_for`` is the one user who sees an ephemeral one."""

    id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    sent_at: datetime
    content: str = ""
    type: int = 0
    flags: int = 0
    edited_at: datetime | None = None
    tts: bool = False
    mention_everyone: bool = False
    mention_user_ids: tuple[int, ...] = ()
    mention_role_ids: tuple[int, ...] = ()
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    pinned_at: datetime | None = None
    nonce: str | int | None = None
    reply_to: int | None = None
    webhook_id: int | None = None
    origin: Origin | None = None
    only_for: int | None = None
    guise: Guise | None = None
    poll: Poll | None = None
    forward: Forward | None = None
    position: int | None = None

    @property
    def file_names(self) -> list[str]:
        """The names of its files."""
        return [file.filename for file in self.attachments]
