"""Limits of a command list: one bad command costs only itself."""

import pytest

from wisp_framework.registry.limits import fitting
from wisp_framework.registry.sync import Payload


def command(name: str, **fields: object) -> Payload:
    return {"name": name, "type": 1, "description": "fine", **fields}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (command("bad", description="x" * 101), "its description has 101 characters, Discord takes 100"),
        (command("bad", options=[command("o")] * 26), "its options are 26, Discord takes 25"),
        (
            command("bad", options=[command("colour", choices=[{}] * 26)]),
            "the option 'colour''s choices are 26, Discord takes 25",
        ),
    ],
)
def test_a_command_that_discord_refuses_is_left_out_by_name(bad: Payload, reason: str) -> None:
    """The others are listed, and the sentence names module, command and limit."""
    taken, complaints = fitting([("one", command("good")), ("two", bad)])

    assert [payload["name"] for payload in taken] == ["good"]
    (complaint,) = complaints
    assert complaint.startswith("command 'bad' of module 'two' is left out: ")
    assert reason in complaint


def test_the_hundred_and_first_command_is_left_out() -> None:
    """Who came first is listed; each type of command has its own limit."""
    many = [("many", command(f"c{number}")) for number in range(101)]
    menus = [(None, command(f"m{number}", type=2)) for number in range(16)]
    taken, complaints = fitting([*many, *menus])

    assert len(taken) == 115
    assert [text.split(" is left out")[0] for text in complaints] == [
        "command 'c100' of module 'many'",
        "command 'm15' of the bot",
    ]
