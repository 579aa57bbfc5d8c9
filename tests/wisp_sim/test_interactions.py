"""An interaction is answered once, in time, in a way that fits it, and through its token afterwards."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim
from wisp_sim.model.kinds import ALL_INTENTS

BUTTONS = {
    "type": 1,
    "components": [
        {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
        {"type": 2, "style": 2, "label": "Off", "custom_id": "off", "disabled": True},
    ],
}
FIELD = {"type": 4, "custom_id": "f", "label": "F", "style": 1, "max_length": 5}
MODAL = {"title": "T", "custom_id": "m", "components": [{"type": 1, "components": [FIELD]}]}


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand, with the command /ping."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        path = f"/applications/{sim.bot('Wisp').id}/commands"
        await bot.ok("PUT", path, json=[{"name": "ping", "description": "Pong."}])
        yield bot


async def _invoked(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> dict[str, Any]:
    assert (await ada.slash(general, "ping"))[0] == 204
    return await _latest(sim, wisp)


async def _latest(sim: Sim, wisp: RawUser) -> dict[str, Any]:
    await sim.settle()
    return wisp.told("INTERACTION_CREATE")[-1]


async def _answer(
    wisp: RawUser, interaction: dict[str, Any], kind: int | None, data: object = None, query: str = ""
) -> tuple[int, Any]:
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback{query}"
    body = {"type": kind} if data is None else {"type": kind, "data": data}
    return await wisp.call("POST", path, json=body)


def _hook(interaction: dict[str, Any]) -> str:
    return f"/webhooks/{interaction['application_id']}/{interaction['token']}"


async def test_brings_all_that_clients_read(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> None:
    """The interaction names user, member, guild, channel, permissions and context."""
    interaction = await _invoked(sim, wisp, ada, general)

    assert interaction["member"]["user"]["global_name"] == "Ada"
    assert interaction["guild_id"] == interaction["guild"]["id"]
    assert interaction["channel"]["id"] == interaction["channel_id"] == str(general)
    assert int(interaction["member"]["permissions"]) & 8
    assert interaction["context"] == 0
    assert interaction["data"]["name"] == "ping"
    assert {"version", "app_permissions", "entitlements", "locale", "token"} <= set(interaction)


async def test_answers_once(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> None:
    """A second first answer is 40060; a wrong token or id is 10062."""
    interaction = await _invoked(sim, wisp, ada, general)
    assert await _answer(wisp, interaction, 4, {"content": "one"}) == (204, None)
    status, body = await _answer(wisp, interaction, 4, {"content": "two"})
    assert (status, body["code"]) == (400, 40060)
    for wrong in ({**interaction, "token": "x"}, {**interaction, "id": "1"}):
        status, body = await _answer(wisp, wrong, 4, {"content": "x"})
        assert (status, body["code"]) == (404, 10062)


@pytest.mark.parametrize(
    ("kind", "data"),
    [(6, None), (7, {"content": "x"}), (8, {"choices": []}), (3, None), (None, None), (4, None), (9, {})],
)
async def test_refuses_an_answer_that_does_not_fit(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int, kind: int | None, data: object
) -> None:
    """A command is not answered as a component or an autocompletion; the refusal does not use it up."""
    interaction = await _invoked(sim, wisp, ada, general)
    status, body = await _answer(wisp, interaction, kind, data)

    assert (status, body["code"]) == (400, 50035)
    assert await _answer(wisp, interaction, 4, {"content": "fine"}) == (204, None)


async def test_an_empty_answer_is_refused(sim: Sim, wisp: RawUser, ada: RawUser, general: int) -> None:
    """A message without anything is 50006."""
    interaction = await _invoked(sim, wisp, ada, general)
    status, body = await _answer(wisp, interaction, 4, {"content": ""})

    assert (status, body["code"]) == (400, 50006)


async def test_original_is_read_edited_and_deleted(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int
) -> None:
    """@original is the first answer, under both spellings; a deleted one is 10008."""
    interaction = await _invoked(sim, wisp, ada, general)
    status, told = await _answer(wisp, interaction, 4, {"content": "one"}, "?with_response=true")
    assert (status, told["resource"]["message"]["content"]) == (200, "one")
    path = f"{_hook(interaction)}/messages"
    assert (await wisp.ok("GET", f"{path}/%40original"))["id"] == told["resource"]["message"]["id"]
    await wisp.ok("PATCH", f"{path}/@original", json={"content": "two", "components": [BUTTONS]})
    kept = await wisp.ok("PATCH", f"{path}/@original", json={"content": "three"})
    assert (kept["content"], len(kept["components"])) == ("three", 1)
    more = await wisp.ok("POST", _hook(interaction), json={"content": "more", "flags": 64})
    assert (await wisp.ok("GET", f"{path}/{more['id']}"))["flags"] == 64
    await wisp.ok("DELETE", f"{path}/@original")
    status, body = await wisp.call("GET", f"{path}/@original")
    assert (status, body["code"]) == (404, 10008)


async def test_no_follow_up_before_the_first_answer(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int
) -> None:
    """The token opens only when the interaction is answered."""
    interaction = await _invoked(sim, wisp, ada, general)
    status, body = await wisp.call("POST", _hook(interaction), json={"content": "early"})

    assert (status, body["code"]) == (404, 10015)


async def test_just_in_time(sim: Sim, wisp: RawUser, ada: RawUser, general: int, clock: ManualClock) -> None:
    """Just before the 3 seconds an answer is taken, and no failure is told later."""
    interaction = await _invoked(sim, wisp, ada, general)
    clock.advance(2.9)
    assert await _answer(wisp, interaction, 5) == (204, None)
    clock.advance(60)
    await sim.settle()

    assert not ada.told("INTERACTION_FAILURE")


async def _shown(sim: Sim, wisp: RawUser, ada: RawUser, general: int, flags: int = 0) -> dict[str, Any]:
    interaction = await _invoked(sim, wisp, ada, general)
    await _answer(wisp, interaction, 4, {"content": "press", "flags": flags, "components": [BUTTONS]})
    await sim.settle()
    return ada.told("MESSAGE_CREATE")[-1]


async def test_deferred_update_leaves_the_message(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int
) -> None:
    """After type 6 @original is the message that was pressed."""
    message = await _shown(sim, wisp, ada, general)
    await ada.press(message, "go")
    pressed = await _latest(sim, wisp)
    assert pressed["message"]["id"] == message["id"]
    assert await _answer(wisp, pressed, 6) == (204, None)
    edited = await wisp.ok("PATCH", f"{_hook(pressed)}/messages/@original", json={"content": "pressed"})
    assert edited["id"] == message["id"]


@pytest.mark.parametrize(("custom_id", "kind"), [("off", 2), ("nothing", 2), ("go", 3)])
async def test_refuses_what_cannot_be_pressed(
    sim: Sim, wisp: RawUser, ada: RawUser, general: int, custom_id: str, kind: int
) -> None:
    """A disabled or missing component, or one of another kind, cannot be pressed."""
    message = await _shown(sim, wisp, ada, general)
    status, body = await ada.press(message, custom_id, kind)

    assert (status, body["code"]) == (400, 50035)


async def test_ephemeral_buttons_are_the_users_own(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, general: int
) -> None:
    """Only the user who sees an ephemeral message can press its button."""
    message = await _shown(sim, wisp, ada, general, flags=64)
    status, body = await mallory.press(message, "go")

    assert (status, body["code"]) == (404, 10008)
    assert await ada.press(message, "go") == (204, None)


async def test_modals_open_once_and_are_checked(
    sim: Sim, wisp: RawUser, ada: RawUser, mallory: RawUser, general: int
) -> None:
    """A modal is its user's, has limits, and can be sent off once; it is not answered by another one."""
    interaction = await _invoked(sim, wisp, ada, general)
    assert await _answer(wisp, interaction, 9, MODAL) == (204, None)
    await sim.settle()
    (modal,) = ada.told("INTERACTION_MODAL_CREATE")
    assert (await ada.submit(modal, {"f": "too long"}))[0] == 400
    assert (await ada.submit(modal, {"f": ""}))[0] == 400
    assert (await mallory.submit(modal, {"f": "ok"}))[0] == 400
    assert (await ada.submit(modal, {"f": "ok"}))[0] == 204
    assert (await ada.submit(modal, {"f": "ok"}))[0] == 400
    submitted = await _latest(sim, wisp)
    assert submitted["data"]["components"][0]["components"][0]["value"] == "ok"
    status, body = await _answer(wisp, submitted, 9, MODAL)
    assert (status, body["code"]) == (400, 50035)
