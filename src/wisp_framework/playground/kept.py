"""A dialogue that was played in the page, as a test for pytest that plays it again."""

import pprint
import re
from collections.abc import Iterator, Mapping

import msgspec

from wisp_sim import Sim, World
from wisp_sim.people.reading import read_message

_WIDTH = 100
_UNSAID = frozenset({"id", "token"})
_USUAL = {
    "bots": [{"name": "bot"}],
    "users": [{"name": "user"}],
    "guilds": [
        {"name": "guild", "owner": "user", "roles": [{"name": "role"}], "channels": [{"name": "channel"}]}
    ],
}
_EVERYONE = {"name": "@everyone"}
# Where a person's methods take the message that is acted on, if not as ``message``.
_ON_FIRST = frozenset({"react", "unreact"})
_ON = {"say": "reply_to"}
# What is another at each run: ids, instants, durations, and the references that members are shown.
_VARYING = re.compile(
    r"\d{17,20}|(?<=<t:)\d+|\d+(?:\.\d+)?(?= ?(?:ms|s|seconds)\b)|\b(?=\w*\d)[0-9A-HJKMNP-TV-Z]{8}\b"
)

Scalar = str | int | float | bool


class PlayedStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that somebody did, and what they then saw.

    ``messages`` are the new and changed messages as they came over the gateway, ``on`` is the id of the
    message that was acted on, ``chosen`` the suggestion that was taken, and ``advance`` moves the time by
    the one of ``values``; the others are what the methods of `wisp_sim.people.Person` take.
    """

    who: str
    act: str
    guild: str = ""
    channel: str = ""
    name: str = ""
    values: list[Scalar] = []
    options: dict[str, Scalar] = {}
    messages: list[dict[str, object]] = []
    on: str = ""
    chosen: str = ""
    form: str = ""
    failure: str = ""

    @property
    def seen(self) -> list[dict[str, object]]:
        """Its messages, oldest first, as the person of a test sees them."""
        return sorted(self.messages, key=lambda message: int(str(message.get("id"))))


class Played(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dialogue."""

    steps: list[PlayedStep]


def as_test(played: Played, world: Mapping[str, object], target: str | None) -> str:
    """The text of a test file; it passes as long as the bot answers as it did.

    Args:
        played: what was done and seen.
        world: who and what there was, as `wisp_sim.Sim.describe` says it.
        target: what ``wisp dev`` ran.
    """
    body = [line for part in _body(played) for line in part]
    uses_patterns = any("re.fullmatch" in line for line in body)
    wanted = pprint.pformat(_plainly(world), width=_WIDTH, sort_dicts=False)
    lines = [
        '"""A dialogue with the bot, as it was played."""',
        "",
        *(["import re", ""] if uses_patterns else []),
        "import pytest",
        "",
        'pytest_plugins = ["wisp_framework.testing"]',
        "",
        f"WORLD = {wanted}",
        "",
        "",
        "@pytest.mark.sim_world(WORLD)",
        "@pytest.mark.asyncio",
        "async def test_dialogue(sim, start_target):",
        '    """What members do is answered as it was."""',
        f"    await start_target({target!r})",
        *(f"    {line}" if line else "" for line in body),
        "",
    ]
    return "\n".join(lines)


def _body(played: Played) -> Iterator[list[str]]:
    places: dict[str, tuple[str, str]] = {}
    handles = _handles(played)
    unnamed = dict(handles)
    for step in played.steps:
        if step.act == "advance":
            yield ["", f"await sim.advance(seconds={step.values[0]!r})"]
            continue
        who, place = _variable(step.who), (step.guild, step.channel)
        lines = [""]
        if step.who not in places:
            lines.append(f"{who} = sim.person({step.who!r}, guild={step.guild!r}, channel={step.channel!r})")
        elif places[step.who] != place:
            lines.append(f"{who}.go(guild={step.guild!r}, channel={step.channel!r})")
        places[step.who] = place
        after = [*_expected(step), *_handed(step, unnamed)]
        kept = "seen = " if after else ""
        lines.append(f"{kept}await {who}.{_call(step, handles.get(step.on))}")
        yield [*lines, *after]


def _handles(played: Played) -> dict[str, str]:
    """Names for the messages that are acted on later, where "the newest here" would be another."""
    newest: dict[tuple[str, str], str] = {}
    known: set[str] = set()
    found: dict[str, str] = {}
    for step in played.steps:
        place = step.guild, step.channel
        is_plain = step.act != "say" and newest.get(place) == step.on
        if step.on in known and step.on not in found and not is_plain:
            found[step.on] = f"message_{len(found) + 1}"
        for message_id in (str(message["id"]) for message in step.seen):
            if message_id not in known:
                known.add(message_id)
                newest[place] = message_id
    return found


def _handed(step: PlayedStep, unnamed: dict[str, str]) -> Iterator[str]:
    """Lines that keep messages under their names, at the step where each was new; takes them out."""
    for index, message in enumerate(step.seen):
        name = unnamed.pop(str(message["id"]), None)
        if name is not None:
            yield f"{name} = seen.messages[{index}]"


def _call(step: PlayedStep, message: str | None) -> str:
    given = [repr(value) for value in ([step.name, *step.values] if step.name else step.values)]
    if step.act in _ON_FIRST:
        given = [str(message), *given]
    elif message is not None:
        given.append(message if step.act == "context_menu" else f"{_ON.get(step.act, 'message')}={message}")
    if all(name.isidentifier() for name in step.options):
        given += [f"{name}={value!r}" for name, value in step.options.items()]
    else:
        given.append(f"**{step.options!r}")
    return f"{step.act}({', '.join(given)})"


def _expected(step: PlayedStep) -> Iterator[str]:
    messages = [read_message(message, channel=step.channel) for message in step.seen]
    said = "\n".join(message.text for message in messages if message.text)
    if said:
        yield _says("seen.text", said)
    if messages and messages[-1].ephemeral:
        yield "assert seen.message.ephemeral"
    if step.chosen:
        yield f"assert {step.chosen!r} in [choice.name for choice in seen.choices]"
    if step.form:
        yield f"assert seen.form.title == {step.form!r}"
    if step.failure:
        yield _says("seen.failure", step.failure)


def _says(where: str, words: str) -> str:
    if _VARYING.search(words) is None:
        return f"assert {where} == {words!r}"
    pattern, done = "", 0
    for varying in _VARYING.finditer(words):
        digits = varying[0].replace(".", "").isdigit()
        pattern += re.escape(words[done : varying.start()]) + (r"[\d.]+" if digits else r"\w+")
        done = varying.end()
    pattern += re.escape(words[done:])
    return f"assert re.fullmatch({pattern!r}, {where})"


def _variable(name: str) -> str:
    made = re.sub(r"\W", "_", name.casefold())
    return made if made.isidentifier() else f"person_{made}"


def _plainly(world: Mapping[str, object]) -> dict[str, object]:
    """The world without ids and tokens, and without what holds of all bots, people, roles and channels."""
    usual = Sim(World.from_mapping(_USUAL)).describe()
    bot, user, guild = (_first(usual[name]) for name in ("bots", "users", "guilds"))
    everyone, role = _parts(guild["roles"])
    channel = _first(guild["channels"])

    def of_guild(found: Mapping[str, object]) -> dict[str, object]:
        roles = [_beyond(one, role) for one in _parts(found["roles"]) if _beyond(one, everyone) != _EVERYONE]
        channels = [_beyond(one, channel) for one in _parts(found["channels"])]
        named = {"name": found["name"], "owner": found["owner"], "members": found["members"]}
        return named | ({"roles": roles} if roles else {}) | {"channels": channels}

    return {
        "bots": [_beyond(one, bot) for one in _parts(world["bots"])],
        "users": [_beyond(one, user) for one in _parts(world["users"])],
        "guilds": [of_guild(one) for one in _parts(world["guilds"])],
    }


def _beyond(found: Mapping[str, object], usual: Mapping[str, object]) -> dict[str, object]:
    """What is said of one beside its name that is not said of all."""
    return {
        key: value
        for key, value in found.items()
        if key == "name" or (key not in _UNSAID and value != usual.get(key))
    }


def _parts(found: object) -> list[Mapping[str, object]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _first(found: object) -> Mapping[str, object]:
    return _parts(found)[0]
