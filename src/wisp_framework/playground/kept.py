"""A dialogue that was played in the page, as a test for pytest that plays it again."""

import pprint
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import msgspec

from wisp_sim import Sim, World
from wisp_sim.people.controls import BUTTONS, MENUS, controls_named
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
_ON_FIRST = {"react": "puts a reaction under", "unreact": "takes a reaction back from"}
_ON = {"say": "reply_to"}
_CONTROLS = {"click": BUTTONS, "select": MENUS}
_INSTANT = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
# What is another at each run, beside the references that members are shown: ids, instants, durations.
_VARYING = (
    rf"{_INSTANT}|\d{{17,20}}|(?<=<t:)\d+|(?: {{2,}})?\d+(?:\.\d+)?(?= ?(?:ms|s|seconds)\b)"
    r"|\b(?=\w*\d)[0-9A-HJKMNP-TV-Z]{8}\b"
)
_ELSEWHERE = "a message that no step here brings"

Scalar = str | int | float | bool


class PlayedStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that somebody did, and what they then saw.

    ``messages`` are the new and changed messages as they came over the gateway, ``on`` is the id of the
    message that was acted on, ``control`` the custom id of what was used there, ``files`` the names of the
    files that were given, ``chosen`` the suggestion that was taken, and ``advance`` moves the time by the
    one of ``values``; the others are what the methods of `wisp_sim.people.Person` take.
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
    control: str = ""
    files: list[str] = []
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


def as_test(
    played: Played, world: Mapping[str, object], target: str | None, references: Collection[str] = ()
) -> str:
    """The text of a test file; it passes as long as the bot answers as it did.

    Args:
        played: what was done and seen.
        world: who and what there was, as `wisp_sim.Sim.describe` says it.
        target: what ``wisp dev`` ran.
        references: of the invocations that there were; any other is known by its form, if it has a figure.
    """
    varying = re.compile("|".join([*(rf"\b{re.escape(one)}\b" for one in references), _VARYING]))
    body = [line for part in _body(played, varying) for line in part]
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


class _Course:
    """What members have before them as a dialogue goes on."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, object]] = {}
        self._newest: dict[tuple[str, str], str] = {}
        self._said: Counter[tuple[str, str]] = Counter()

    def is_newest(self, step: PlayedStep) -> bool:
        """Whether it acts on the newest message of its place, one that a member said included."""
        place = step.guild, step.channel
        if step.on in self.known:
            return self._newest.get(place) == step.on and not self._said[place]
        if not self.known or not step.on.isdecimal():
            return False
        return self._said[place] == 1 and int(step.on) > max(map(int, self.known))

    def is_elsewhere(self, step: PlayedStep) -> bool:
        """Whether it acts on a message that the test cannot name."""
        return bool(step.on) and step.on not in self.known and not self.is_newest(step)

    def left_out(self, step: PlayedStep) -> str:
        """What the test does not do of it at all; empty if it does."""
        if step.act in _ON_FIRST and self.is_elsewhere(step):
            return f"{step.who} {_ON_FIRST[step.act]} {_ELSEWHERE}: {step.values[0]}"
        if step.act == "context_menu" and self.is_elsewhere(step):
            return f"{step.who} uses {step.name!r} on {_ELSEWHERE}"
        if step.act == "say" and not any(step.values):
            return f"{step.who} sends a file without words"
        return ""

    def nth(self, step: PlayedStep) -> int:
        """Which of the buttons or menus with one label it uses."""
        kinds, message = _CONTROLS.get(step.act), self.known.get(step.on)
        if not step.control or kinds is None or message is None:
            return 1
        named = controls_named(message, str(step.values[0]), kinds)
        ids = [control.get("custom_id") for control in named]
        return ids.index(step.control) + 1 if step.control in ids else 1

    def pass_over(self, step: PlayedStep) -> None:
        """It is left out: what it brought is not there in the test, and nothing tells it from what is."""
        self._said[step.guild, step.channel] += 2

    def go_on(self, step: PlayedStep) -> None:
        """It was played."""
        place = step.guild, step.channel
        self._said[place] += step.act == "say"
        for message in step.seen:
            message_id = str(message["id"])
            if message_id not in self.known:
                self._newest[place] = message_id
                self._said[place] = 0
            self.known[message_id] = message


def _body(played: Played, varying: re.Pattern[str]) -> Iterator[list[str]]:
    places: dict[str, tuple[str, str]] = {}
    handles = _handles(played)
    unnamed = dict(handles)
    course = _Course()
    for step in played.steps:
        if step.act == "advance":
            yield ["", f"await sim.advance(seconds={step.values[0]!r})"]
            continue
        if left_out := course.left_out(step):
            course.pass_over(step)
            yield ["", f"# Left out: {left_out}."]
            continue
        who, place = _variable(step.who), (step.guild, step.channel)
        lines = [""]
        if step.who not in places:
            lines.append(f"{who} = sim.person({step.who!r}, guild={step.guild!r}, channel={step.channel!r})")
        elif places[step.who] != place:
            lines.append(f"{who}.go(guild={step.guild!r}, channel={step.channel!r})")
        places[step.who] = place
        after = [*_expected(step, varying), *_handed(step, unnamed)]
        kept = "seen = " if after else ""
        lines += _missing(step, course)
        lines.append(f"{kept}await {who}.{_call(step, _message(step, course, handles), course.nth(step))}")
        course.go_on(step)
        yield [*lines, *after]


def _missing(step: PlayedStep, course: _Course) -> Iterator[str]:
    """Comments on what the step has beside what the test does."""
    if step.act == "say" and course.is_elsewhere(step):
        yield f"# Left out: it answers {_ELSEWHERE}."
    if step.files:
        names = ", ".join(repr(name) for name in step.files)
        yield f"# Left out: {names}, to be given here as wisp_sim.people.File."


def _message(step: PlayedStep, course: _Course, handles: Mapping[str, str]) -> str | None:
    """The message that is acted on, as the test writes it; None for the newest."""
    if step.act == "say" and step.on not in handles and course.is_newest(step):
        return f"(await {_variable(step.who)}.history())[-1]"
    return handles.get(step.on)


def _handles(played: Played) -> dict[str, str]:
    """Names for the messages that are acted on later, where "the newest here" would be another."""
    course = _Course()
    found: dict[str, str] = {}
    for step in played.steps:
        is_plain = step.act != "say" and course.is_newest(step)
        if step.on in course.known and step.on not in found and not is_plain:
            found[step.on] = f"message_{len(found) + 1}"
        if course.left_out(step):
            course.pass_over(step)
        else:
            course.go_on(step)
    return found


def _handed(step: PlayedStep, unnamed: dict[str, str]) -> Iterator[str]:
    """Lines that keep messages under their names, at the step where each was new; takes them out."""
    for index, message in enumerate(step.seen):
        name = unnamed.pop(str(message["id"]), None)
        if name is not None:
            yield f"{name} = seen.messages[{index}]"


def _call(step: PlayedStep, message: str | None, nth: int) -> str:
    given = [repr(value) for value in ([step.name, *step.values] if step.name else step.values)]
    if step.act in _ON_FIRST:
        given = [str(message), *given]
    elif message is not None:
        given.append(message if step.act == "context_menu" else f"{_ON.get(step.act, 'message')}={message}")
    if nth > 1:
        given.append(f"nth={nth}")
    if all(name.isidentifier() for name in step.options):
        given += [f"{name}={value!r}" for name, value in step.options.items()]
    else:
        given.append(f"**{step.options!r}")
    return f"{step.act}({', '.join(given)})"


def _expected(step: PlayedStep, varying: re.Pattern[str]) -> Iterator[str]:
    messages = [read_message(message, channel=step.channel) for message in step.seen]
    said = "\n".join(message.text for message in messages if message.text)
    if said:
        yield _says("seen.text", said, varying)
    if messages and messages[-1].ephemeral:
        yield "assert seen.message.ephemeral"
    if step.chosen:
        yield f"assert {step.chosen!r} in [choice.name for choice in seen.choices]"
    if step.form:
        yield f"assert seen.form.title == {step.form!r}"
    if step.failure:
        yield _says("seen.failure", step.failure, varying)


def _says(where: str, words: str, varying: re.Pattern[str]) -> str:
    if varying.search(words) is None:
        return f"assert {where} == {words!r}"
    pattern, done = "", 0
    for found in varying.finditer(words):
        pattern += re.escape(words[done : found.start()]) + _form(found[0])
        done = found.end()
    pattern += re.escape(words[done:])
    return f"assert re.fullmatch({pattern!r}, {where})"


def _form(words: str) -> str:
    """What else may stand in the place of these words at another run."""
    if re.fullmatch(_INSTANT, words):
        return re.sub(r"\d+", r"\\d+", re.escape(words))
    if words.startswith(" "):
        return r"\ +[\d.]+"
    return r"[\d.]+" if words.replace(".", "").isdigit() else r"\w+"


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
