"""What a poll may look like, and a vote in it.

Source: https://docs.discord.com/developers/resources/poll#poll-create-request-object
"""

from dataclasses import dataclass

from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form

_MAX_QUESTION_CHARS = 300
_MAX_ANSWER_CHARS = 55
_MAX_ANSWERS = 10
_MAX_HOURS = 768
_DEFAULT_HOURS = 24


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as a request describes it; ``answers`` as they travel."""

    question: str
    answers: tuple[Payload, ...]
    duration_h: int
    many_answers: bool
    layout: int


def read_poll(form: Form) -> PollDraft | None:
    """The poll that a message brings, if it brings one."""
    poll = form.form("poll")
    if poll is None:
        return None
    media = poll.form("question", required=True)
    question = None
    if media is not None:
        question = media.text("text", min_chars=1, max_chars=_MAX_QUESTION_CHARS, required=True)
    entries = poll.forms("answers", least=1, most=_MAX_ANSWERS, required=True)
    answers = [_read_answer(entry) for entry in entries]
    return PollDraft(
        question=question or "",
        answers=tuple(answers),
        duration_h=poll.integer("duration", least=1, most=_MAX_HOURS) or _DEFAULT_HOURS,
        many_answers=bool(poll.truth("allow_multiselect")),
        layout=poll.choice("layout_type", (1,)) or 1,
    )


def _read_answer(form: Form) -> Payload:
    media = form.form("poll_media", required=True)
    if media is None:
        return {}
    answer: Payload = {}
    text = media.text("text", min_chars=1, max_chars=_MAX_ANSWER_CHARS, required=True)
    emoji = media.form("emoji")
    if text is not None:
        answer["text"] = text
    if emoji is not None:
        emoji_id = emoji.snowflake("id")
        name = emoji.text("name", max_chars=32, required=emoji_id is None)
        answer["emoji"] = {"id": None if emoji_id is None else str(emoji_id), "name": name or ""}
    return answer
