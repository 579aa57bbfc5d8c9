"""What a person sees after they did something: frozen, comparable, and ready for JSON."""

import json
from dataclasses import asdict, dataclass
from typing import TypeAlias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

TIMED_OUT = "The application did not respond"
"""What Discord shows when a bot did not answer within 3 seconds."""

FAILED = "Something went wrong"
"""What Discord shows when an interaction failed for another reason than time."""

STILL_THINKING = "The application is still thinking"
"""A deferred answer did not come while the person waited."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a person's client lists.

    Attributes:
        name: as it is invoked, for example ``/modules enable``; without a slash for a context menu.
        kind: ``chat_input``, ``user`` or ``message``.
    """

    name: str
    kind: str
    description: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One suggestion of an autocompletion, one option of a select menu, or one choice in a form."""

    name: str
    value: str | int | float
    description: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A button, a link or a select menu under a message, or an input of a form.

    Attributes:
        kind: ``button``, ``link``, ``select``, ``user select``, ``role select``, ``mentionable select``,
            ``channel select``, ``text``, ``radio``, ``checkboxes``, ``checkbox`` or ``file``.
        label: what a person reads on it; a select menu's is its placeholder unless a form labels it.
        value: what a text input already holds.
    """

    kind: str
    label: str
    custom_id: str = ""
    disabled: bool = False
    required: bool = False
    value: str = ""
    url: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Embed:
    """The framed part of a message."""

    title: str = ""
    description: str = ""
    author: str = ""
    footer: str = ""
    url: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """All its words, a line each, in reading order."""
        fields = [f"{name}: {value}" for name, value in self.fields]
        return "\n".join(
            line for line in [self.author, self.title, self.description, *fields, self.footer] if line
        )


@dataclass(frozen=True, slots=True)
class Poll:
    """The question under a message, and how it stands.

    Attributes:
        answers: each answer and how many voted for it.
        ended: nobody can vote any more.
    """

    question: str
    answers: tuple[tuple[str, int], ...]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a person sees it now.

    Attributes:
        ephemeral: only this person can see it.
        loading: it says no more yet than that the bot is thinking.
        reactions: the emoji and how many reacted with it.
    """

    id: str
    channel: str
    channel_id: str
    author: str
    author_id: str
    by_bot: bool
    content: str
    ephemeral: bool = False
    loading: bool = False
    edited: bool = False
    reply_to: str = ""
    texts: tuple[str, ...] = ()
    embeds: tuple[Embed, ...] = ()
    controls: tuple[Control, ...] = ()
    files: tuple[str, ...] = ()
    reactions: tuple[tuple[str, int], ...] = ()
    poll: Poll | None = None

    @property
    def text(self) -> str:
        """All its words: content, text displays, embeds, a line each."""
        return "\n".join(
            line for line in [self.content, *self.texts, *(embed.text for embed in self.embeds)] if line
        )


@dataclass(frozen=True, slots=True)
class Form:
    """A modal that stands open before this person."""

    title: str
    custom_id: str
    fields: tuple[Control, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person sees since they began their last action.

    Attributes:
        who: the person's name.
        messages: new and changed messages, oldest first, each in its present state; the person's own only
            when somebody else changed them, for example by a reaction.
        deleted: messages that went away, as they last were.
        form: the modal that opened.
        choices: the suggestions of an autocompletion; None when there was none to answer.
        failure: what Discord shows in red, or the server's words of refusal; empty if all went well.
        answered: a bot answered the action, in whatever way.
    """

    who: str
    messages: tuple[Message, ...] = ()
    deleted: tuple[Message, ...] = ()
    form: Form | None = None
    choices: tuple[Choice, ...] | None = None
    failure: str = ""
    answered: bool = False

    @property
    def text(self) -> str:
        """All the words of its messages, a line each."""
        return "\n".join(message.text for message in self.messages if message.text)

    @property
    def message(self) -> Message | None:
        """The newest message, or None."""
        return self.messages[-1] if self.messages else None

    def lines(self) -> list[str]:
        """What a transcript shows of it."""
        found = [f"{message.author}{_marks(message)}: {_words(message)}" for message in self.messages]
        found += [f"gone: {message.author}: {message.text}" for message in self.deleted]
        if self.form is not None:
            fields = ", ".join(control.label for control in self.form.fields)
            found.append(f"[form {self.form.title!r}: {fields}]")
        if self.choices is not None:
            found.append(f"[suggested: {', '.join(choice.name for choice in self.choices) or 'nothing'}]")
        if self.failure:
            found.append(f"! {self.failure}")
        return found or ["(nothing)"]

    def to_json(self) -> dict[str, JsonValue]:
        """The same as plain JSON values, with ``text`` beside the parts."""
        plain: dict[str, JsonValue] = json.loads(json.dumps(asdict(self)))
        return plain | {"text": self.text}


def _marks(message: Message) -> str:
    marks = [("only you", message.ephemeral), ("thinking", message.loading), ("edited", message.edited)]
    shown = [word for word, there in marks if there]
    return f" ({', '.join(shown)})" if shown else ""


def _words(message: Message) -> str:
    controls = [f"[{control.label}]" for control in message.controls]
    files = [f"<{name}>" for name in message.files]
    return " ".join([message.text.replace("\n", " / "), *controls, *files, *_asked(message)]).strip()


def _asked(message: Message) -> list[str]:
    if message.poll is None:
        return []
    answers = ", ".join(f"{answer} {votes}" for answer, votes in message.poll.answers)
    return [f"[poll {message.poll.question!r}: {answers}]"]
