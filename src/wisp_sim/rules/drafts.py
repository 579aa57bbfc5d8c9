"""What a message may look like when somebody sends or edits it.

Source: https://docs.discord.com/developers/resources/message#create-message
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import MessageFlag
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rules.components import read_message_components
from wisp_sim.rules.embeds import read_embeds
from wisp_sim.rules.form import Errors, Form
from wisp_sim.rules.mentions import AllowedMentions, read_allowed_mentions
from wisp_sim.rules.polls import PollDraft, read_poll

MAX_CONTENT_CHARS = 2000
MAX_FILES = 10
_MAX_NONCE_CHARS = 25
_MAX_STICKERS = 3
_MAX_DURATION_S = 2**31 - 1
_MAX_WAVEFORM_CHARS = 400
# Without boosts: https://docs.discord.com/developers/reference#uploading-files
MAX_FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request, at place ``index``."""

    index: int
    filename: str
    data: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True)
class FileNote:
    """What a request says about a file: one that it uploads, or one that stays.

    ``duration_s`` and ``waveform`` are those of a voice message's sound.
    """

    id: int
    filename: str | None
    description: str | None
    duration_s: float | None = None
    waveform: str | None = None
    is_spoiler: bool | None = None


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message as a request describes it; None means that the request does not speak of it."""

    content: str | None = None
    embeds: list[Payload] | None = None
    components: list[Payload] | None = None
    flags: int | None = None
    files: tuple[FileNote, ...] | None = None
    uploads: tuple[Upload, ...] = ()
    tts: bool = False
    nonce: str | int | None = None
    reply_to: int | None = None
    reply_must_exist: bool = True
    mentions: AllowedMentions | None = None
    enforce_nonce: bool = False
    poll: PollDraft | None = None
    forward_of: tuple[int, int] | None = None
    sticker_ids: tuple[int, ...] = ()

    @property
    def resets(self) -> tuple[str, ...]:
        """The fields of version 1 that it leaves empty."""
        return tuple(
            key for key, new in (("content", self.content), ("embeds", self.embeds)) if new in ("", [])
        )

    @property
    def speaks_of_text(self) -> bool:
        """It changes more than flags."""
        return any(
            part is not None for part in (self.content, self.embeds, self.components, self.files)
        ) or bool(self.uploads)

    @property
    def is_empty(self) -> bool:
        """Nothing in it would be seen."""
        return not (
            self.content or self.embeds or self.components or self.uploads or self.poll or self.forward_of
        )


def read_draft(
    body: object, uploads: tuple[Upload, ...], *, base_flags: int = 0, there: Collection[str] = ()
) -> MessageDraft:
    """The message that a request describes.

    Args:
        body: the request's JSON.
        uploads: the files that came with it.
        base_flags: flags that the message has already.
        there: names of files that the message has already.

    Raises:
        ApiError: Discord would refuse it; all problems are named.
    """
    errors = Errors()
    draft = read_draft_form(Form(body, errors), uploads, base_flags=base_flags, there=there)
    errors.check()
    return draft


def read_draft_form(
    form: Form, uploads: tuple[Upload, ...], *, base_flags: int = 0, there: Collection[str] = ()
) -> MessageDraft:
    """The message that a part of a request describes; problems are noted in the form's errors."""
    if any(len(upload.data) > MAX_FILE_BYTES for upload in uploads):
        raise ApiError(413, 40005, "Request entity too large")
    flags = form.integer("flags", least=0)
    v2 = bool((base_flags | (flags or 0)) & MessageFlag.COMPONENTS_V2)
    if len(uploads) > MAX_FILES:
        raise ApiError(400, 30015, f"Maximum number of attachments in a message reached ({MAX_FILES})")
    content = form.text("content", max_chars=MAX_CONTENT_CHARS, trim=True)
    if v2 and (content or form.data.get("embeds") or form.data.get("poll")):
        key = "content" if content else "embeds" if form.data.get("embeds") else "poll"
        form.fail(key, **mixed_with_v2(key))
    reply_to, forward_of, must_exist = _read_reference(form)
    files = _read_files(form) if form.has("attachments") else None
    names = {*there, *(upload.filename for upload in uploads), *(note.filename for note in files or ())}
    shown = {name for name in names if name}
    return MessageDraft(
        content=(content or "") if form.has("content") else None,
        embeds=read_embeds(form) if form.has("embeds") else None,
        components=read_message_components(form, v2=v2, files=shown) if form.has("components") else None,
        flags=flags,
        files=files,
        uploads=uploads,
        tts=bool(form.truth("tts")),
        nonce=_read_nonce(form),
        reply_to=reply_to,
        reply_must_exist=must_exist is not False,
        mentions=read_allowed_mentions(form),
        enforce_nonce=bool(form.truth("enforce_nonce")),
        poll=read_poll(form),
        forward_of=forward_of,
        sticker_ids=tuple(form.snowflakes("sticker_ids", most=_MAX_STICKERS)),
    )


def mixed_with_v2(key: str) -> dict[str, str]:
    """The problem of a field that does not go with components of version 2."""
    message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
    return {"code": "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "message": message}


def _read_reference(form: Form) -> tuple[int | None, tuple[int, int] | None, bool | None]:
    """The message that is answered, the channel and id of one that is sent on, and whether it must exist."""
    reference = form.form("message_reference")
    if reference is None:
        return None, None, None
    kind = reference.choice("type", (0, 1)) or 0
    message_id = reference.snowflake("message_id", required=True)
    must_exist = reference.truth("fail_if_not_exists")
    if not kind:
        return message_id, None, must_exist
    channel_id = reference.snowflake("channel_id", required=True)
    return None, (channel_id or 0, message_id or 0), must_exist


def refuse_unfit(draft: MessageDraft) -> None:
    """Refuse a new message without anything in it, and a voice message that is more or less than its sound.

    Raises:
        ApiError: 50006; or 50159, 50160 or 50161.
    """
    if draft.is_empty:
        raise ApiError(400, 50006, "Cannot send an empty message")
    if (draft.flags or 0) & MessageFlag.IS_VOICE_MESSAGE:
        _refuse_voice(draft)


def permitted(draft: MessageDraft, held: Permission) -> MessageDraft:
    """What is left of a message for someone who holds these permissions.

    Raises:
        ApiError: 50013, 160002 for a reply, or 50173 for a voice message.
    """
    needed = NO_PERMISSIONS
    if draft.uploads:
        needed |= Permission.ATTACH_FILES
    if draft.reply_to is not None and not held & Permission.READ_MESSAGE_HISTORY:
        raise ApiError(403, 160002, "Cannot reply without permission to read message history")
    if draft.poll is not None:
        needed |= Permission.SEND_POLLS
    if needed & ~held:
        raise ApiError(403, 50013, "Missing Permissions")
    if (draft.flags or 0) & MessageFlag.IS_VOICE_MESSAGE and not held & Permission.SEND_VOICE_MESSAGES:
        raise ApiError(403, 50173, "You cannot send voice messages in this channel.")
    if draft.embeds and not held & Permission.EMBED_LINKS:
        draft = replace(draft, embeds=[])
        refuse_unfit(draft)
    return replace(draft, tts=draft.tts and bool(held & Permission.SEND_TTS_MESSAGES))


def _refuse_voice(draft: MessageDraft) -> None:
    if draft.content or draft.embeds or draft.components or draft.poll:
        raise ApiError(400, 50159, "Voice messages do not support additional content.")
    kinds = [upload.content_type or "" for upload in draft.uploads]
    if len(kinds) != 1 or not kinds[0].startswith("audio/"):
        raise ApiError(400, 50160, "Voice messages must have a single audio attachment.")
    notes = [note for note in draft.files or () if note.id == draft.uploads[0].index]
    if not any(note.duration_s is not None and note.waveform for note in notes):
        raise ApiError(400, 50161, "Voice messages must have supporting metadata.")


def _read_nonce(form: Form) -> str | int | None:
    nonce = form.data.get("nonce")
    if isinstance(nonce, int) and not isinstance(nonce, bool):
        return nonce
    return form.text("nonce", max_chars=_MAX_NONCE_CHARS)


def _read_files(form: Form) -> tuple[FileNote, ...]:
    notes = []
    for entry in form.forms("attachments", most=MAX_FILES):
        file_id = entry.snowflake("id", required=True)
        filename = entry.text("filename", max_chars=1024)
        description = entry.text("description", max_chars=1024)
        duration_s = entry.number("duration_secs", least=0, most=_MAX_DURATION_S)
        waveform = entry.text("waveform", max_chars=_MAX_WAVEFORM_CHARS)
        is_spoiler = entry.truth("is_spoiler")
        if file_id is not None:
            notes.append(FileNote(file_id, filename, description, duration_s, waveform, is_spoiler))
    return tuple(notes)
