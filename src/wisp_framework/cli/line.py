"""The language of a dialogue: what one line asks a member to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from wisp_framework.cli.words import Word, first_word, split_words, whole
from wisp_framework.exceptions import LineError

GRAMMAR = """\
/command sub option:value   run a slash command; quote values that contain a colon: text:"so: this"
complete /command option:x  type x into the last option and see the suggestions
menu NAME [@member]         a context menu of a member, or of the newest message
click LABEL                 press a button, by its label or custom id
select LABEL=VALUE[,VALUE]  choose in a select menu, by its placeholder or custom id
submit FIELD=VALUE ...      fill in and send the open form; quote names with spaces: submit "Your name"=Ada
say TEXT                    write a message; any other line is written as it stands
react EMOJI                 react to the newest message
join                        a member comes in: the speaker, or a newcomer when the speaker is in already
go #channel | go GUILD      turn to another channel or guild
@name LINE                  somebody else does it; @name alone changes the speaker from here on"""

OPTION_NAME = re.compile(r"[-\w']{1,32}")
"""Source: https://docs.discord.com/developers/interactions/application-commands, naming."""


@dataclass(frozen=True, slots=True)
class Slash:
    """Run a slash command; with ``focused`` only type into that option."""

    command: str
    options: dict[str, str]
    focused: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """Use a context menu."""

    name: str
    member: str | None


@dataclass(frozen=True, slots=True)
class Click:
    """Press a button."""

    label: str


@dataclass(frozen=True, slots=True)
class Select:
    """Choose in a select menu."""

    menu: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the open form."""

    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Say:
    """Write a message."""

    text: str


@dataclass(frozen=True, slots=True)
class React:
    """React to the newest message."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Join:
    """Become a member of the guild."""


@dataclass(frozen=True, slots=True)
class Go:
    """Turn to another channel, or guild when it has no ``#``."""

    place: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Only change the speaker."""


Deed: TypeAlias = Slash | Menu | Click | Select | Submit | Say | React | Join | Go | Turn


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dialogue.

    Attributes:
        text: what is to be done, as it was written, without the speaker.
        speaker: who does it; None for whoever spoke before.
    """

    text: str
    deed: Deed
    speaker: str | None = None


def read_line(line: str) -> Line:
    """What a line asks for.

    Raises:
        LineError: it is empty, a quote is not closed, or its verb lacks what it needs.
    """
    try:
        return _read(line.strip())
    except LineError as error:
        # Its parts were taken apart before the mistake was found: name the line as it was written.
        raise LineError(line, error.reason) from error


def _read(line: str) -> Line:
    rest, speaker = line, None
    if rest.startswith("@"):
        name, rest = first_word(rest)
        speaker = name.text.removeprefix("@")
        if not speaker:
            raise LineError(line, "names nobody after the @.")
    if rest:
        return Line(rest, _read_deed(rest), speaker)
    if speaker is None:
        raise LineError(line, "is empty. Write what the member does, for example /ping.")
    return Line("", Turn(), speaker)


def _read_deed(line: str) -> Deed:
    if line.startswith("/"):
        return _slash(line)
    verb, _, rest = line.partition(" ")
    reader = _READERS.get(verb)
    return reader(line, rest.strip()) if reader else Say(line)


def _option(word: Word) -> tuple[str, str] | None:
    cut = word.split(":")
    # Two slashes behind the colon make it an address, not an option called "https".
    if cut is None or not OPTION_NAME.fullmatch(cut[0].bare) or cut[1].bare.startswith("//"):
        return None
    return cut[0].text, cut[1].text


def _slash(line: str) -> Slash:
    command: list[str] = []
    options: dict[str, str] = {}
    last = ""
    for word in split_words(line.removeprefix("/")):
        if option := _option(word):
            last, value = option
            if last in options:
                raise LineError(line, f"gives the option {last!r} twice.")
            options[last] = value
        elif last:
            options[last] = f"{options[last]} {word.text}"
        else:
            command.append(word.text)
    if not command:
        raise LineError(line, "names no command after the /.")
    return Slash(" ".join(command), options)


def _complete(line: str, rest: str) -> Deed:
    deed = _slash(rest) if rest.startswith("/") else None
    if deed is None or not deed.options:
        raise LineError(line, "needs a command and an option, for example: complete /roll dice:2d")
    return Slash(deed.command, deed.options, focused=list(deed.options)[-1])


def _menu(line: str, rest: str) -> Deed:
    cut = whole(rest).split("@")
    name, member = (cut[0].text, cut[1].text) if cut else (whole(rest).text, None)
    if not name.strip():
        raise LineError(line, "needs the name of a context menu.")
    return Menu(name.strip(), member)


def _click(line: str, rest: str) -> Deed:
    if not rest:
        raise LineError(line, "needs the label of a button, for example: click Confirm")
    return Click(whole(rest).text)


def _select(line: str, rest: str) -> Deed:
    cut = whole(rest).split("=")
    if cut is None or not cut[0].text.strip():
        raise LineError(line, "needs a menu and a value, for example: select Colour=red")
    values = [piece.text.strip() for piece in cut[1].pieces(",")]
    return Select(cut[0].text.strip(), tuple(value for value in values if value))


def _submit(line: str, rest: str) -> Deed:
    fields: dict[str, str] = {}
    last, before = "", list[str]()
    for word in split_words(rest):
        if cut := word.split("="):
            last = " ".join([*before, cut[0].text])
            before = []
            fields[last] = cut[1].text
        elif fields:
            fields[last] = f"{fields[last]} {word.text}"
        else:
            before.append(word.text)
    if before:
        raise LineError(line, "needs FIELD=VALUE, for example: submit Reason=spam")
    return Submit(fields)


def _say(line: str, rest: str) -> Deed:
    if not rest:
        raise LineError(line, "needs a text.")
    return Say(rest)


def _react(line: str, rest: str) -> Deed:
    if not rest:
        raise LineError(line, "needs an emoji.")
    return React(rest)


def _join(line: str, rest: str) -> Deed:
    return Say(line) if rest else Join()


def _go(line: str, rest: str) -> Deed:
    if not rest:
        raise LineError(line, "needs a #channel or the name of a guild.")
    return Go(whole(rest).text)


_READERS: dict[str, Callable[[str, str], Deed]] = {
    "complete": _complete,
    "menu": _menu,
    "click": _click,
    "select": _select,
    "submit": _submit,
    "say": _say,
    "react": _react,
    "join": _join,
    "go": _go,
}
