"""How a dialogue looks."""

import io
import json

from wisp_framework.cli.dialogue import Turned
from wisp_framework.cli.line import read_line
from wisp_framework.cli.output import Printer, json_line
from wisp_sim.people import Choice, Control, Embed, Form, Message, Seen

PING = read_line("/ping")


def message(content: str = "", **more: object) -> Message:
    """A message of the bot in #general."""
    fields: dict[str, object] = {
        "id": "1",
        "channel": "general",
        "channel_id": "2",
        "author": "Wisp",
        "author_id": "3",
        "by_bot": True,
        "content": content,
    }
    return Message(**(fields | more))  # type: ignore[arg-type]


def printed(seen: Seen | None, problem: str = "") -> str:
    """What is printed for Ada's /ping."""
    stream = io.StringIO()
    Printer(stream).turned(PING, Turned("Ada", "Lab", "general", seen, problem))
    return stream.getvalue()


def test_reads_like_a_dialogue() -> None:
    """Who said what stands on one line, the answer indented below it, with its marks."""
    answer = message("Pong!\nIn 12 ms.", ephemeral=True, edited=True)

    assert printed(Seen("Ada", messages=(answer,), answered=True)) == (
        "Ada #general> /ping\n  Wisp (only Ada sees this, edited): Pong!\n    In 12 ms.\n"
    )


def test_shows_what_can_be_pressed() -> None:
    """Buttons, links and menus stand under their message."""
    controls = (
        Control("button", "Yes"),
        Control("button", "No", disabled=True),
        Control("link", "Docs", url="https://example.org"),
        Control("select", "Colour", choices=(Choice("red", "r"), Choice("blue", "b"))),
        Control("user select", "Who"),
    )
    shown = printed(Seen("Ada", messages=(message("Sure?", controls=controls),), answered=True))

    assert (
        "    [Yes] [No (disabled)] [Docs -> https://example.org] <Colour: red | blue> <Who: user>\n" in shown
    )


def test_shows_embeds_line_by_line() -> None:
    """An embed's words stand behind bars."""
    embed = Embed(title="Health", description="All well.", fields=(("cache", "ok"),))

    assert "  Wisp: | Health\n    | All well.\n    | cache: ok\n" in printed(
        Seen("Ada", messages=(message(embeds=(embed,)),), answered=True)
    )


def test_shows_an_open_form() -> None:
    """A modal is shown with its fields, what they hold and whether they are needed."""
    fields = (
        Control("text", "Reason", required=True),
        Control("select", "Kind", value="", choices=(Choice("bug", "b"), Choice("idea", "i"))),
    )
    shown = printed(Seen("Ada", form=Form("Feedback", "f", fields), answered=True))

    assert shown.splitlines()[1:] == [
        "    form 'Feedback' is open:",
        "      Reason = ... (text)",
        "      Kind = ... (select: bug | idea, optional)",
    ]


def test_shows_suggestions_and_failures() -> None:
    """Suggestions are listed; a failure stands behind an exclamation mark."""
    assert "suggestions: one, two (2)" in printed(
        Seen("Ada", choices=(Choice("one", "one"), Choice("two", 2)), answered=True)
    )
    assert "  ! The application did not respond\n" in printed(
        Seen("Ada", failure="The application did not respond")
    )
    assert "  ! Nobody answered.\n" in printed(Seen("Ada"), "Nobody answered.")


def test_text_of_others_cannot_style_the_terminal() -> None:
    """Markup in a message is printed as it is, and escape sequences do nothing."""
    shown = printed(Seen("Ada", messages=(message("[red]x[/red] \x1b[31mred"),), answered=True))

    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown


def test_json_holds_one_object_per_line() -> None:
    """The JSON form is one line, with what was done, by whom, what was seen and whether it went well."""
    seen = Seen("Ada", messages=(message("Two\nlines"),), answered=True)
    line = json_line(PING, Turned("Ada", "Lab", "general", seen))
    data = json.loads(line)

    assert "\n" not in line
    assert (data["line"], data["who"], data["text"], data["ok"]) == ("/ping", "Ada", "Two\nlines", True)
    assert data["messages"][0]["author"] == "Wisp"


def test_json_of_a_line_that_could_not_be_done() -> None:
    """What could not be done says why."""
    data = json.loads(json_line(PING, Turned("Ada", "Lab", "general", None, "There is no command '/ping'.")))

    assert (data["ok"], data["answered"], data["problem"]) == (False, False, "There is no command '/ping'.")
