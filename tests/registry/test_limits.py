"""Limits of a command list: one bad command costs only itself."""

from collections.abc import Mapping

import pytest

from wisp_framework.registry import Payload
from wisp_framework.registry.limits import fitting
from wisp_sim.model.errors import ApiError
from wisp_sim.rules.commands import read_command
from wisp_sim.rules.form import Errors, Form


def command(name: str, **fields: object) -> Payload:
    return {"name": name, "type": 1, "description": "fine", **fields}  # type: ignore[dict-item]


def option(name: str, kind: int = 3, **fields: object) -> Payload:
    return {"name": name, "type": kind, "description": "fine", **fields}  # type: ignore[dict-item]


def options(*found: Payload) -> Payload:
    return command("bad", options=list(found))


def nested(*found: Payload) -> Payload:
    """A group in a group, which Discord does not know, or a subcommand with these options."""
    return options(option("sub", 1, options=list(found)))


def choices(*found: Mapping[str, object], kind: int = 3, **fields: object) -> Payload:
    return options(option("colour", kind, choices=list(found), **fields))


def localized(field: str, **texts: str) -> Payload:
    return command("bad", **{f"{field}_localizations": texts})


def taken_offline(found: Payload) -> bool:
    """Whether the offline Discord, which was written apart from this, takes it."""
    errors = Errors()
    try:
        read_command(Form(found, errors))
        errors.check()
    except ApiError:
        return False
    return True


CHOICES = [{"name": f"{number:02}" + "n" * 98, "value": "v" * 100} for number in range(10)]
REFUSED: list[tuple[Payload, str]] = [
    (command("Bad"), "its name 'Bad' is not in lower case"),
    (command("bad one"), "its name 'bad one' has signs other than letters"),
    (command("b" * 33), "its name has 33 characters, Discord takes 32"),
    (command(""), "its name is empty"),
    (command("bad", type=9), "its type is 9, which Discord does not know"),
    (command("bad", description=""), "its description is empty"),
    (command("bad", description="x" * 101), "its description has 101 characters, Discord takes 100"),
    (command("Bad", type=2), "it is a context menu, which has no description"),
    (command("Bad", type=3, description="", options=[option("o")]), "a context menu, which has no options"),
    (localized("name", de="Schlecht"), "its name in de 'Schlecht' is not in lower case"),
    (localized("name", xx="bad"), "its language 'xx' is none of Discord's"),
    (localized("description", fr="x" * 101), "its description in fr has 101 characters, Discord takes 100"),
    (options(*(option(f"o{n}") for n in range(26))), "its options are 26, Discord takes 25"),
    (options(option("o"), option("o")), "its options have the name 'o' twice"),
    (
        options(option("o"), option("p", name_localizations={"de": "o"})),
        "its options have the name 'o' twice",
    ),
    (
        options(option("o"), option("p", required=True)),
        "the required option 'p' stands behind the optional 'o'",
    ),
    (options(option("O")), "the option 'O''s name 'O' is not in lower case"),
    (options(option("o", description="")), "the option 'o''s description is empty"),
    (options(option("o", 99)), "the option 'o''s type is 99"),
    (options(option("s", 1), option("o")), "its options mix subcommands with others"),
    (nested(option("deep", 1)), "the option 'deep''s type cannot stand in a subcommand"),
    (options(option("g", 2, options=[option("o")])), "none that can stand in a group"),
    (
        choices(*({"name": f"c{n}", "value": "v"} for n in range(26))),
        "the option 'colour''s choices are 26, Discord takes 25; use an autocompletion",
    ),
    (choices({"name": "c", "value": "v"}, {"name": "c", "value": "w"}), "have the name 'c' twice"),
    (choices({"name": "c", "value": "v" * 101}), "choice 'c''s value has 101 characters"),
    (choices({"name": "c" * 101, "value": "v"}), "name has 101 characters, Discord takes 100"),
    (choices({"name": "c", "value": "v"}, kind=4), "value is 'v', which is no whole number"),
    (choices({"name": "c", "value": 1.5}, kind=4), "value is 1.5, which is no whole number"),
    (choices({"name": "c", "value": 2**53}, kind=4), "which is no whole number Discord takes"),
    (choices({"name": "c", "value": "v"}, autocomplete=True), "exclude each other"),
    (options(option("o", 4, min_value=2**53)), "bound 9007199254740992 is no whole number"),
    (options(option("o", max_length=0)), "length 0 is not between 1 and 6000"),
    (options(option("o", min_length=6001)), "length 6001 is not between 0 and 6000"),
    (
        options(*(option(f"o{n}", choices=CHOICES) for n in range(4))),
        "all its texts have 8031 characters together, Discord takes 8000",
    ),
]


@pytest.mark.parametrize(("bad", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_a_command_that_discord_refuses_is_left_out_by_name(bad: Payload, reason: str) -> None:
    """The others are listed, and the sentence names module, command and limit."""
    taken, (refusal,) = fitting([("one", command("good")), ("two", bad)])

    assert [payload["name"] for payload in taken] == ["good"]
    assert str(refusal).startswith(f"command {bad['name']!r} of module 'two' is left out: ")
    assert reason in str(refusal)
    assert not taken_offline(bad)


def test_all_that_is_wrong_is_named_at_once() -> None:
    """Whoever mends a command mends it once."""
    _, (refusal,) = fitting([(None, command("Bad", description="", options=[option("o", 99)]))])

    assert len(refusal.problems) == 3


@pytest.mark.parametrize(
    "good",
    [
        command("größe"),
        command("खोज"),
        command("ค้นหา"),
        command("命令"),
        command("o'clock_1-2"),
        {"name": "Look At Ünit", "type": 3},
        {"name": "Look", "type": 2, "description": ""},
        options(option("o", required=True), option("p")),
        options(option("group", 2, options=[option("sub", 1, options=[option("o")])]), option("sub", 1)),
        choices({"name": "None", "value": 0}, kind=4),
        choices({"name": "A B", "value": "a b"}),
        options(option("o", 4, min_value=0, max_value=0)),
        localized("name", de="schlecht", ja="悪い"),
    ],
)
def test_what_discord_takes_is_taken(good: Payload) -> None:
    """Names of all scripts, nested groups, zeroes and languages are no mistakes."""
    assert fitting([("one", good)]) == ([good], [])
    assert taken_offline(good)


def test_the_hundred_and_first_command_is_left_out() -> None:
    """Who came first is listed; each type of command has its own limit."""
    many = [("many", command(f"c{number}")) for number in range(101)]
    menus = [(None, command(f"m{number}", type=2, description="")) for number in range(16)]
    taken, refusals = fitting([*many, *menus])

    assert len(taken) == 115
    assert [str(refusal).split(" is left out")[0] for refusal in refusals] == [
        "command 'c100' of module 'many'",
        "command 'm15' of the bot",
    ]


def test_two_commands_of_one_name_and_type_are_one_too_many() -> None:
    """The first is listed; a menu of the same name is another command."""
    entries = [("one", command("report")), ("two", command("report"))]
    taken, (refusal,) = fitting([*entries, ("two", {"name": "report", "type": 3})])

    assert len(taken) == 2
    assert "module 'one' has a command of that name already" in str(refusal)


def test_a_guild_has_no_entry_point() -> None:
    """Only the global list can hold one."""
    entry: Payload = {"name": "launch", "type": 4}

    assert fitting([(None, entry)])[1] == []
    assert "cannot belong to a guild" in str(fitting([(None, entry)], guild_id=7)[1][0])
