"""Interactions live as a naive second telling of Discord's rules says, over generated histories."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import wisp_sim.state.answers
import wisp_sim.state.interactions
from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS, CallbackType, InteractionType
from wisp_sim.rules.drafts import read_draft

HISTORIES = 10_000 if os.environ.get("WISP_SOAK") else 1_000
COMMAND, PRESS, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
SECONDS, MINUTES, FORGOTTEN_S = 3, 15 * 60, 3_600
Outcome = tuple[int, int | str | None]
"""The status, and the code of a refusal or the content of the message."""

REFUSED_FORM: Outcome = (400, 50035)
UNKNOWN_INTERACTION: Outcome = (404, 10062)
UNKNOWN_WEBHOOK: Outcome = (404, 10015)
UNKNOWN_MESSAGE: Outcome = (404, 10008)
EXPIRED: Outcome = (401, 50027)
TWICE: Outcome = (400, 40060)
DONE: Outcome = (204, None)

which = st.integers(0, 5)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("command")),
        st.tuples(st.just("complete")),
        st.tuples(st.just("answer"), st.just(0), st.sampled_from((REPLY, DEFER, MODAL)), st.booleans()),
        st.tuples(st.just("answer"), which, st.integers(REPLY, MODAL), st.booleans()),
        st.tuples(st.just("press"), which),
        st.tuples(st.just("submit")),
        st.tuples(st.sampled_from(("get", "edit", "delete")), which),
        st.tuples(st.just("follow"), which, st.booleans()),
        st.tuples(st.sampled_from(("edit one", "delete one")), which, which),
        st.tuples(st.just("wait"), st.sampled_from((1, 1, 2, 3, 400, 901))),
    ),
    min_size=2,
    max_size=14,
)


@dataclass
class Note:
    """A message: what it says, None once it is gone."""

    content: str | None
    hidden: bool
    waiting: bool = False


@dataclass
class Deed:
    """An interaction."""

    kind: int
    born_s: float
    about: Note | None = None
    answered: bool = False
    first: Note | None = None
    own: list[Note] = field(default_factory=list)


@dataclass
class Naive:
    """What Discord would do, told plainly."""

    now_s: float = 0.0
    deeds: list[Deed] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    form: Deed | None = None

    def begin(self, kind: int, about: Note | None = None) -> Outcome:
        """A user did something."""
        self.deeds.append(Deed(kind, self.now_s, about))
        return DONE

    def press(self, note: Note) -> Outcome:
        """A button was pressed: there is one on every message that a bot completed."""
        if note.content is None:
            return UNKNOWN_MESSAGE
        return REFUSED_FORM if note.waiting else self.begin(PRESS, note)

    def submit(self) -> Outcome:
        """The open form was sent."""
        if self.form is None:
            return REFUSED_FORM
        about, self.form = self.form.about, None
        return self.begin(SUBMIT, about)

    def answer(self, deed: Deed, kind: int, content: str, *, hidden: bool) -> Outcome:
        """A first answer."""
        if deed.answered:
            return TWICE
        if self.now_s - deed.born_s >= SECONDS:
            return UNKNOWN_INTERACTION
        allowed = {
            COMMAND: [REPLY, DEFER, MODAL],
            PRESS: [REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL],
            AUTOCOMPLETE: [CHOICES],
            SUBMIT: [REPLY, DEFER] + ([DEFER_UPDATE, UPDATE] if deed.about else []),
        }
        if kind not in allowed[deed.kind]:
            return REFUSED_FORM
        if kind == UPDATE and deed.about and deed.about.content is None:
            return UNKNOWN_MESSAGE
        deed.answered = True
        if kind in (REPLY, DEFER):
            deed.first = self._write(deed, "" if kind == DEFER else content, hidden=hidden)
            deed.first.waiting = kind == DEFER
        elif kind in (DEFER_UPDATE, UPDATE):
            deed.first = deed.about
            if kind == UPDATE and deed.about:
                deed.about.content = content
                deed.about.waiting = False
        elif kind == MODAL:
            self.form = deed
        return DONE

    def _write(self, deed: Deed, content: str, *, hidden: bool) -> Note:
        note = Note(content, hidden)
        self.notes.append(note)
        deed.own.append(note)
        return note

    def _barred(self, deed: Deed) -> Outcome | None:
        if self.now_s - deed.born_s >= MINUTES:
            return EXPIRED
        return None if deed.answered else UNKNOWN_WEBHOOK

    def touch(self, deed: Deed, note: Note | None, act: str, content: str) -> Outcome:
        """Look at, change or delete a message through a token."""
        barred = self._barred(deed)
        if barred:
            return barred
        if note is None or note.content is None:
            return UNKNOWN_MESSAGE
        if act == "delete":
            note.content = None
            return DONE
        if act == "edit":
            note.content, note.waiting = content, False
        return 200, note.content

    def follow(self, deed: Deed, content: str, *, hidden: bool) -> Outcome:
        """One more message, or the filling of the placeholder."""
        barred = self._barred(deed)
        if barred:
            return barred
        first = deed.first
        if first is not None and first.waiting and first.content is not None:
            first.content, first.waiting = content, False
        else:
            self._write(deed, content, hidden=hidden)
        return 200, content


BUTTON = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": "b"}]}]
FIELD = {
    "type": 1,
    "components": [{"type": 4, "custom_id": "i", "style": 1, "label": "l", "required": False}],
}


class Real:
    """The same acts over the wire."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self.clock = ManualClock()

    async def open(self) -> None:
        """Let the bot and Ada log in."""
        self.sim = await self._stack.enter_async_context(Sim(clock=self.clock))
        token = self.sim.bot("Wisp").token
        self.bot = await self._stack.enter_async_context(raw_user(self.sim, token, intents=int(ALL_INTENTS)))
        self.ada = await self._stack.enter_async_context(raw_user(self.sim, self.sim.user("Ada").token))
        self.channel_id = self.sim.guild("Lovelace's Lab").channel("bots").id
        option = {"type": 3, "name": "o", "description": "d", "autocomplete": True}
        command = {"name": "c", "description": "d", "options": [option]}
        (known,) = await self.bot.ok(
            "PUT", f"/applications/{self.sim.bot('Wisp').id}/commands", json=[command]
        )
        self.application_id = str(known["application_id"])
        self.command = {"id": known["id"], "name": "c", "type": 1, "version": known["version"]}

    async def close(self) -> None:
        """Let everybody go."""
        await self._stack.aclose()


class History:
    """One history, told to both, step by step."""

    def __init__(self, real: Real) -> None:
        self.real, self.naive = real, Naive()
        self.hooks: list[str] = []
        self.callbacks: list[str] = []
        self.ids: dict[int, str] = {}
        self.modal: dict[str, Any] | None = None
        self.step = 0

    async def run(self, wanted: list[tuple[Any, ...]]) -> None:
        """Every act has the same outcome in both, and the same messages are there in the end."""
        for act in wanted:
            self.step += 1
            await self._act(*act)
        for note in self.naive.notes:
            if not note.hidden and id(note) in self.ids:
                path = f"/channels/{self.real.channel_id}/messages/{self.ids[id(note)]}"
                status, body = await self.real.bot.call("GET", path)
                there = (body["content"], bool(body["flags"] & 128)) if status == 200 else None
                assert there == (None if note.content is None else (note.content, note.waiting))

    async def _act(self, name: str, *rest: Any) -> None:
        content = f"n{self.step}"
        if name == "wait":
            self._wait(rest[0])
        elif name in ("command", "complete"):
            await self._begin(COMMAND if name == "command" else AUTOCOMPLETE)
        elif name == "submit":
            await self._submit()
        elif name == "press" and self.naive.notes:
            await self._press(self.naive.notes[-1 - rest[0] % len(self.naive.notes)])
        elif name == "answer" and self.naive.deeds:
            await self._answer(self._chosen(rest[0]), rest[1], content, hidden=rest[2])
        elif name not in ("press", "answer") and self.naive.deeds:
            number = self._chosen(rest[0])
            # Discord does not say what the token of an autocompletion is good for.
            if self.naive.deeds[number].kind != AUTOCOMPLETE:
                await self._by_token(number, name, content, rest)

    def _chosen(self, which: int) -> int:
        return len(self.naive.deeds) - 1 - which % len(self.naive.deeds)

    def _wait(self, delay_s: int) -> None:
        if self.naive.now_s + delay_s < FORGOTTEN_S:
            self.naive.now_s += delay_s
            self.real.clock.advance(delay_s)

    async def _begin(self, kind: int) -> None:
        option = {"type": 3, "name": "o", "value": "v"} | ({"focused": True} if kind == AUTOCOMPLETE else {})
        data = {**self.real.command, "options": [option]}
        body = {"type": kind, "application_id": self.real.application_id, "data": data}
        self._agree(await self.real.ada.act(self.real.channel_id, body), self.naive.begin(kind))

    async def _press(self, note: Note) -> None:
        data = {"component_type": 2, "custom_id": "b"}
        body = {"type": 3, "application_id": self.real.application_id, "data": data}
        got = await self.real.ada.act(self.real.channel_id, {**body, "message_id": self.ids[id(note)]})
        self._agree(got, self.naive.press(note))

    async def _submit(self) -> None:
        data = {"custom_id": "m", "components": [], "id": "1"} if self.modal is None else self.modal
        body = {"type": 5, "application_id": self.real.application_id, "data": data}
        self._agree(await self.real.ada.act(self.real.channel_id, body), self.naive.submit())

    def _agree(self, got: tuple[int, Any], expected: Outcome) -> None:
        status, body = got
        code = body["code"] if status >= 400 else body["content"] if status == 200 else None
        assert (status, code) == expected, (self.step, body)
        if expected is DONE and len(self.hooks) < len(self.naive.deeds):
            newest = max(self.real.sim._store.interactions.values(), key=lambda one: one.id)
            self.hooks.append(f"/webhooks/{self.real.application_id}/{newest.token}")
            self.callbacks.append(f"/interactions/{newest.id}/{newest.token}/callback?with_response=true")

    async def _answer(self, number: int, kind: int, content: str, *, hidden: bool) -> None:
        message = {"content": content, "components": BUTTON, "flags": 64 * hidden}
        data: Any = {
            DEFER: {"flags": 64 * hidden},
            CHOICES: {"choices": []},
            MODAL: {"title": "t", "custom_id": "m", "components": [FIELD]},
        }.get(kind, {"content": content, "components": BUTTON} if kind == UPDATE else message)
        status, body = await self.real.bot.call(
            "POST", self.callbacks[number], json={"type": kind, "data": data}
        )
        deed, known = self.naive.deeds[number], len(self.naive.notes)
        expected = self.naive.answer(deed, kind, content, hidden=hidden)
        if expected is DONE:
            # The answer that was asked for stands for the 204.
            assert status == 200, (self.step, body)
            if len(self.naive.notes) > known:
                self.ids[id(self.naive.notes[-1])] = body["interaction"]["response_message_id"]
            if kind == MODAL:
                modal = max(self.real.sim._store.modals)
                self.modal = {"id": str(modal), "custom_id": "m", "components": [FILLED]}
        else:
            self._agree((status, body), expected)

    async def _by_token(self, number: int, name: str, content: str, rest: tuple[Any, ...]) -> None:
        deed, hook = self.naive.deeds[number], self.hooks[number]
        body = {"content": content, "components": BUTTON}
        if name == "follow":
            got = await self.real.bot.call("POST", hook, json={**body, "flags": 64 * rest[1]})
            known = len(self.naive.notes)
            self._agree(got, self.naive.follow(deed, content, hidden=rest[1]))
            if len(self.naive.notes) > known:
                self.ids[id(self.naive.notes[-1])] = got[1]["id"]
            return
        act, _, one = name.partition(" ")
        note, where = deed.first, "@original"
        if one:
            if not deed.own:
                return
            note = deed.own[rest[1] % len(deed.own)]
            where = self.ids[id(note)]
        method = {"get": "GET", "edit": "PATCH", "delete": "DELETE"}[act]
        got = await self.real.bot.call(
            method, f"{hook}/messages/{where}", json=body if act == "edit" else None
        )
        self._agree(got, self.naive.touch(deed, note, act, content))


FILLED = {"type": 1, "components": [{"type": 4, "custom_id": "i", "value": "v"}]}


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all histories of a test."""
    with asyncio.Runner() as running:
        yield running


def agree(runner: asyncio.Runner, histories: int) -> None:
    """Tell that many histories to both."""
    real = Real()
    runner.run(real.open())

    @settings(
        max_examples=histories,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(acts)
    def all_agree(wanted: list[tuple[Any, ...]]) -> None:
        runner.run(History(real).run([("command",), *wanted]))

    try:
        all_agree()
    finally:
        runner.run(real.close())


def test_the_rules_agree_with_the_naive_ones(runner: asyncio.Runner) -> None:
    """1,000 histories, 10,000 in the soak: every status, code and message is the same."""
    agree(runner, HISTORIES)


answers, life = wisp_sim.state.answers, wisp_sim.state.interactions


def forgetful(patch: pytest.MonkeyPatch) -> None:
    """An answer does not count."""
    patch.setattr(answers, "mark_answered", lambda *_: None)


def patient(patch: pytest.MonkeyPatch) -> None:
    """The first answer has four seconds."""
    patch.setattr(life, "FIRST_ANSWER_S", 4.0)


def lasting(patch: pytest.MonkeyPatch) -> None:
    """Tokens never expire."""
    patch.setattr(answers, "token_expired", lambda *_: False)


def permissive(patch: pytest.MonkeyPatch) -> None:
    """Any kind of answer is allowed for any interaction with a message."""
    patch.setitem(answers._ALLOWED, InteractionType.COMMAND, tuple(CallbackType))


def never_filled(patch: pytest.MonkeyPatch) -> None:
    """A follow-up does not fill the placeholder."""

    def send_always(store: Any, interaction: Any, body: object, uploads: Any) -> Any:
        return answers._send(store, interaction, read_draft(body, uploads))

    patch.setattr("wisp_sim.rest.interactions.follow_up", send_always)


def undeletable(patch: pytest.MonkeyPatch) -> None:
    """Deleting through a token does nothing."""
    patch.setattr(answers, "delete", lambda *_: None)


@pytest.mark.parametrize(
    "plant",
    [forgetful, patient, lasting, permissive, never_filled, undeletable],
    ids=lambda plant: plant.__name__,
)
def test_a_wrong_rule_is_noticed(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """Whatever rule is planted wrong, the two tellings do not agree any more."""
    plant(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011 - however it shows
        agree(runner, 1_000)
