"""Commands are shown in the language of who looks, and refused in languages that Discord does not have."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS

_NAME_TAKEN = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
BIRTHDAY = {
    "name": "birthday",
    "description": "Wish somebody a happy birthday.",
    "name_localizations": {"de": "geburtstag", "es-ES": "cumple", "en-GB": "bday", "hi": "जन्मदिन"},
    "description_localizations": {"de": "Gratulieren."},
    "options": [
        {
            "name": "kind",
            "description": "Which one.",
            "type": 3,
            "name_localizations": {"de": "art"},
            "choices": [{"name": "Round", "value": "0", "name_localizations": {"de": "Rund"}}],
        }
    ],
}


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


@pytest.fixture
def path(sim: Sim) -> str:
    """Where the bot's global commands are."""
    return f"/applications/{sim.bot('Wisp').id}/commands"


async def _german(sim: Sim) -> str:
    """Somebody with a German client, who is in a guild of their own with the bot; the token."""
    guild = {"name": "Werkstatt", "owner": "Konrad", "members": ["Wisp"]}
    sim.add({"users": [{"name": "Konrad", "locale": "de"}], "guilds": [guild]})
    return sim.user("Konrad").token


async def test_users_see_their_language(sim: Sim, wisp: RawUser, path: str) -> None:
    """Names, descriptions, options and choices in one language, no others; the bot gets its own names."""
    await wisp.ok("PUT", path, json=[BIRTHDAY])
    async with raw_user(sim, await _german(sim)) as konrad:
        channel = sim.guild("Werkstatt").channel("general").id
        shown = (await konrad.commands(channel))["birthday"]
        assert (shown["name_localized"], shown["description_localized"]) == ("geburtstag", "Gratulieren.")
        (option,) = shown["options"]
        assert (option["name"], option["name_localized"]) == ("kind", "art")
        assert option["choices"] == [{"name": "Round", "value": "0", "name_localized": "Rund"}]
        assert not [key for key in shown if key.endswith("_localizations")]
        assert "description_localized" not in option
        await konrad.slash(channel, "birthday", [{"name": "kind", "type": 3, "value": "0"}])
        await sim.settle()
        (told,) = wisp.told("INTERACTION_CREATE")
        assert told["locale"] == "de"
        assert (told["data"]["name"], told["data"]["options"][0]["name"]) == ("birthday", "kind")


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "bday"),
        ({"X-Discord-Locale": "de"}, "geburtstag"),
        ({"Accept-Language": "tlh, de-AT;q=0.8, fr"}, "geburtstag"),
        ({"X-Discord-Locale": "es-419", "Accept-Language": "de"}, "cumple"),
        ({"X-Discord-Locale": "fr"}, None),
        ({"X-Discord-Locale": ",;q=\xe9"}, "bday"),
    ],
)
async def test_lists_follow_the_language_of_the_request(
    wisp: RawUser, path: str, headers: dict[str, str], name: str | None
) -> None:
    """The client's language, then what it accepts, then English; a kindred language stands in."""
    await wisp.ok("PUT", path, json=[BIRTHDAY])
    (shown,) = await wisp.ok("GET", path, headers=headers)
    assert shown.get("name_localized") == name
    assert (shown["name"], "name_localizations" in shown) == ("birthday", False)
    (complete,) = await wisp.ok("GET", f"{path}?with_localizations=true", headers=headers)
    assert complete["name_localizations"] == BIRTHDAY["name_localizations"]
    assert await wisp.ok("GET", f"{path}/{shown['id']}", headers=headers) == complete


async def test_choices_while_typing_are_in_the_users_language(sim: Sim, wisp: RawUser, path: str) -> None:
    """A choice that the bot offers is named in the language of who types."""
    typed = {"name": "o", "description": "d", "type": 3, "autocomplete": True}
    await wisp.ok("PUT", path, json=[{"name": "find", "description": "d", "options": [typed]}])
    async with raw_user(sim, await _german(sim)) as konrad:
        channel = sim.guild("Werkstatt").channel("general").id
        focused = {"name": "o", "type": 3, "value": "", "focused": True}
        await konrad.slash(channel, "find", [focused], kind=4)
        await sim.settle()
        (told,) = wisp.told("INTERACTION_CREATE")
        choice = {"name": "Tree", "value": "tree", "name_localizations": {"de": "Baum", "fr": "Arbre"}}
        callback = f"/interactions/{told['id']}/{told['token']}/callback"
        await wisp.ok("POST", callback, json={"type": 8, "data": {"choices": [choice]}})
        await sim.settle()
        (answer,) = konrad.told("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE")
        assert answer["choices"] == [{"name": "Tree", "value": "tree", "name_localized": "Baum"}]


def _option(name: str, **localized: str) -> dict[str, Any]:
    return {"name": name, "description": "d", "type": 3, "name_localizations": localized}


PLAIN = {"name": "a", "description": "d"}


@pytest.mark.parametrize(
    ("command", "place", "code"),
    [
        ({**PLAIN, "name_localizations": {"xx": "a"}}, "name_localizations.xx", "BASE_TYPE_CHOICES"),
        ({**PLAIN, "name_localizations": []}, "name_localizations", "DICT_TYPE_CONVERT"),
        (
            {**PLAIN, "name_localizations": {"de": "A"}},
            "name_localizations.de",
            "APPLICATION_COMMAND_INVALID_NAME",
        ),
        ({**PLAIN, "name_localizations": {"de": "x" * 33}}, "name_localizations.de", "BASE_TYPE_BAD_LENGTH"),
        (
            {**PLAIN, "description_localizations": {"de": "x" * 101}},
            "description_localizations.de",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            {**PLAIN, "options": [_option("x", de="gleich"), _option("y", de="gleich")]},
            "options.1.name_localizations.de",
            _NAME_TAKEN,
        ),
        (
            {**PLAIN, "options": [_option("x"), _option("y", de="x")]},
            "options.1.name_localizations.de",
            _NAME_TAKEN,
        ),
    ],
)
async def test_refuses_wrong_localizations(
    wisp: RawUser, path: str, command: dict[str, Any], place: str, code: str
) -> None:
    """An unknown language, a name that the default could not have, and options that share a name."""
    status, answer = await wisp.call("POST", path, json=command)
    assert (status, answer["code"]) == (400, 50035)
    node = answer["errors"]
    for step in place.split("."):
        node = node[step]
    assert [problem["code"] for problem in node["_errors"]] == [code]


async def test_menus_have_free_names_in_every_language(wisp: RawUser, path: str) -> None:
    """The name of a menu's command may have capitals and spaces in other languages, too."""
    menu = {"name": "Look up", "type": 2, "name_localizations": {"de": "Alles zeigen"}}
    made = await wisp.ok("POST", path, json=menu)
    assert made["name_localizations"] == {"de": "Alles zeigen"}


async def test_the_longest_language_counts(wisp: RawUser, path: str) -> None:
    """8,000 characters are the limit in the longest language of each field."""
    texts: list[dict[str, Any]] = [
        {
            "name": f"o{number}",
            "description": "x" * 20,
            "type": 3,
            "choices": [{"name": f"{turn:02}", "value": "v" * 98} for turn in range(25)],
        }
        for number in range(3)
    ]
    fine = {**PLAIN, "options": texts}
    await wisp.ok("POST", path, json=fine)
    for text in texts:
        for choice in text["choices"]:
            choice["name_localizations"] = {"de": "x" * 20}
    status, answer = await wisp.call("POST", path, json=fine)
    assert (status, answer["errors"]["_errors"][0]["code"]) == (400, "APPLICATION_COMMAND_TOO_LARGE")
