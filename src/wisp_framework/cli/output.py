"""How a dialogue looks on a terminal: who said what, and what the speaker then sees."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from wisp_framework.cli.dialogue import Turned
from wisp_framework.cli.line import Line
from wisp_sim.people import Choice, Control, Form, Message, Seen

INDENT = "  "
BULLET = "| "
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Printer:
    """Prints a dialogue for people, in colour on a terminal.

    Args:
        stream: where to; standard output unless given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stdout, highlight=False, markup=False, soft_wrap=True)

    def turned(self, line: Line, turned: Turned) -> None:
        """A line and all that came of it."""
        place = f" #{turned.channel}" if turned.channel else ""
        self._put((turned.who, "bold cyan"), (place, "dim"), (f"> {line.text}".rstrip(), ""))
        self.came_of(turned)

    def came_of(self, turned: Turned) -> None:
        """What came of a line that its writer can still see."""
        if turned.seen:
            self.seen(turned.seen, turned.channel, turned.readable)
        if turned.problem:
            self.problem(turned.problem)

    def raw(self, text: str) -> None:
        """A line for a program, without any decoration."""
        self._console.file.write(f"{text}\n")
        self._console.file.flush()

    def seen(self, seen: Seen, channel: str, readable: Callable[[str], str] = str) -> None:
        """What somebody in ``channel`` sees; ``readable`` puts names in place of mentions."""
        for message in seen.messages:
            self._message(message, seen.who, channel, readable)
        for message in seen.deleted:
            self._put((f"{INDENT}(deleted) {message.author}: {readable(message.text)}", "dim"))
        if seen.form:
            self._print(form_lines(seen.form))
        if seen.choices is not None:
            self._print([f"suggestions: {', '.join(_choice(choice) for choice in seen.choices) or 'none'}"])
        if seen.failure:
            self.problem(seen.failure)

    def note(self, text: str) -> None:
        """Something that Wisp itself has to say."""
        self._put((text, "dim"))

    def problem(self, text: str) -> None:
        """Why something did not work."""
        self._put((f"{INDENT}! {text}", "red"))

    def interrupt(self, prompt: str) -> None:
        """Make room for what comes in while somebody types."""
        if prompt:
            self._console.file.write("\n")

    def resume(self, prompt: str) -> None:
        """Show the prompt again."""
        self._console.file.write(prompt)
        self._console.file.flush()

    def _message(self, message: Message, who: str, channel: str, readable: Callable[[str], str]) -> None:
        marks = [
            f"#{message.channel}" if message.channel != channel else "",
            f"only {who} sees this" if message.ephemeral else "",
            "edited" if message.edited else "",
        ]
        mark = ", ".join(text for text in marks if text)
        first, *rest = [readable(line) for line in message_lines(message)] or ["(empty)"]
        shown = f" ({mark})" if mark else ""
        self._put((INDENT, ""), (message.author, "bold magenta"), (shown, "dim"), (f": {first}", ""))
        self._print(rest)

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            self._put((f"{INDENT * 2}{line}", ""))

    def _put(self, *parts: tuple[str, str]) -> None:
        """Print one line of styled parts; what could command the terminal is shown as a replacement sign."""
        clean = [(CONTROL.sub("\ufffd", text), style) for text, style in parts]
        self._console.print(Text.assemble(*clean))


def message_lines(message: Message) -> Iterator[str]:
    """The words of a message and what can be pressed under it, a line each."""
    if message.loading:
        yield "is thinking..."
    for text in (message.content, *message.texts):
        yield from text.splitlines()
    for embed in message.embeds:
        for line in embed.text.splitlines():
            yield BULLET + line
    if message.files:
        yield "files: " + ", ".join(message.files)
    if message.controls:
        yield " ".join(control_text(control) for control in message.controls)
    if message.reactions:
        yield " ".join(f"{emoji} {count}" for emoji, count in message.reactions)


def control_text(control: Control) -> str:
    """A button as ``[Label]``, a select menu as ``<Placeholder: one | two>``."""
    off = " (disabled)" if control.disabled else ""
    if control.kind == "button":
        return f"[{control.label}{off}]"
    if control.kind == "link":
        return f"[{control.label} -> {control.url}]"
    offers = " | ".join(choice.name for choice in control.choices) or control.kind.removesuffix(" select")
    return f"<{control.label}: {offers}{off}>"


def form_lines(form: Form) -> list[str]:
    """An open form with its fields."""
    lines = [f"form {form.title!r} is open:", *(f"{INDENT}{text}" for text in form.texts)]
    for field in form.fields:
        offers = " | ".join(choice.name for choice in field.choices)
        kind = f"{field.kind}: {offers}" if offers else field.kind
        need = "" if field.required else ", optional"
        lines.append(f"{INDENT}{field.label} = {field.value or '...'} ({kind}{need})")
    return lines


def json_line(line: Line, turned: Turned) -> str:
    """One line of a dialogue as one JSON object."""
    seen = dict(turned.seen.to_json()) if turned.seen else {"answered": False}
    head = {"line": line.text, "who": turned.who, "guild": turned.guild, "channel": turned.channel}
    return json.dumps({**seen, **head, "problem": turned.problem, "ok": turned.went_well}, ensure_ascii=False)


def _choice(choice: Choice) -> str:
    return choice.name if choice.name == str(choice.value) else f"{choice.name} ({choice.value})"
