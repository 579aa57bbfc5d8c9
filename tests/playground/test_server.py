"""The page's own API: the same switches, records, time and faults that the bot lives by."""

import asyncio
import json
import random

import aiohttp
import pytest

from playground.conftest import Page
from support.offline import Offline
from wisp_framework.playground import Stage
from wisp_framework.services import AuditService, Health, HealthService, HealthState


async def told(page: Page, kind: str) -> dict[str, object]:
    """The next event of that kind on the feed."""
    async with page.browser.ws_connect(f"{page.root}/backstage/feed") as feed, asyncio.timeout(20):
        async for message in feed:
            event = json.loads(message.data)
            if event["kind"] == kind and event["data"]:
                found: dict[str, object] = event["data"]
                return found
    raise AssertionError(f"the feed ended without {kind!r}")


def is_on(state: dict[str, object], guild_id: int, module: str) -> bool:
    """How a module's switch stands in what the feed told."""
    switches = state["switches"]
    assert isinstance(switches, dict)
    return bool(next(one["on"] for one in switches[str(guild_id)] if one["name"] == module))


async def test_switches_are_the_guilds_own(page: Page) -> None:
    """What is switched in the page is refused in the chat, and what the chat switches the page shows."""
    here: Offline = page.here
    lab = here.sim.guild("Lab").id

    assert await page.ask("PUT", "/switch", guild_id=str(lab), module="ping", on=False) == (
        200,
        {"others": []},
    )
    ada = here.sim.person("Ada")
    assert "switched off" in (await ada.slash("ping")).text
    await ada.slash("modules enable", module="ping")

    assert is_on(await told(page, "state"), lab, "ping")
    assert here.app.services.get(AuditService).initialized


async def test_a_switch_that_cannot_be_moved_says_why(page: Page) -> None:
    """The switch itself cannot be switched off; the page gets the sentence that a member would."""
    lab = page.here.sim.guild("Lab").id

    status, answer = await page.ask("PUT", "/switch", guild_id=str(lab), module="admin", on=False)

    assert (status, answer) == (409, {"error": "The module `admin` cannot be switched off."})


async def test_tells_of_decisions_with_their_lines(page: Page) -> None:
    """A command leaves a record on the feed, with its steps and reference."""
    await page.here.sim.person("Ada").slash("ping")

    decision = await told(page, "decision")

    assert (decision["name"], decision["outcome"]) == ("ping", "ran")
    status, lines = await page.ask("GET", f"/lines/{decision['reference']}")
    assert (status, isinstance(lines, list)) == (200, True)


async def test_the_way_to_discord_is_open(page: Page) -> None:
    """Requests and gateway of the offline Discord are reached through the page's origin, as they are."""
    status, people = await page.ask("GET", "/people")
    assert status == 200
    assert isinstance(people, dict)
    ada = people["people"][0]
    async with page.browser.get(
        f"{page.root}/discord/api/users/@me", headers={"Authorization": ada["token"]}
    ) as answer:
        assert (await answer.json())["username"] == "ada"
    async with page.browser.ws_connect(f"{page.root}/discord/gateway") as gateway:
        assert (await gateway.receive_json())["op"] == 10
        await gateway.send_json({"op": 2, "d": {"token": ada["token"], "properties": {}}})
        assert (await gateway.receive_json())["t"] == "READY"


async def test_the_database_goes_away_and_comes_back(page: Page) -> None:
    """While it is held back, health says so; after that all is well again."""
    assert await page.ask("PUT", "/fault", name="slow", on=True) == (200, {})
    assert await page.ask("PUT", "/fault", name="slow", on=False) == (200, {})
    status, answer = await page.ask("PUT", "/fault", name="thunder", on=True)
    assert (status, answer) == (404, {"error": "There is no fault 'thunder'"})


async def test_keeps_what_was_played_as_a_test(page: Page) -> None:
    """Steps and the messages that were seen, as the gateway brought them, become the text of a test."""
    message = {"id": "2", "channel_id": "3", "content": "Pong!", "author": {"id": "1", "username": "Wisp"}}
    step = {"who": "Ada", "act": "slash", "guild": "Lab", "channel": "general", "name": "ping"}

    status, answer = await page.ask("POST", "/test", steps=[step | {"messages": [message]}])

    assert status == 200
    assert isinstance(answer, dict)
    assert "assert seen.text == 'Pong!'" in answer["text"]


async def test_starts_anew_when_asked(page: Page) -> None:
    """The button reaches whoever serves the page."""
    assert await page.ask("POST", "/reset") == (200, {})
    assert page.resets == ["reset"]


async def test_says_when_no_bot_is_there(page: Page) -> None:
    """Between two bots the page waits: it is told so, and nothing breaks."""
    await page.playground.leave()

    async with page.browser.get(f"{page.root}/backstage/people") as answer:
        assert (answer.status, await answer.text()) == (503, "The bot is being started.")


async def test_odd_bodies_are_refused(page: Page) -> None:
    """What is no JSON of the wanted form is named, and changes nothing."""
    async with page.browser.put(f"{page.root}/backstage/switch", data=b"{") as answer:
        assert answer.status == 400
    async with page.browser.post(f"{page.root}/backstage/clock", json={"seconds": -1}) as answer:
        assert answer.status == 400


async def test_hears_nothing_after_it_has_left(page: Page) -> None:
    """A page that shows another bot is told nothing of the one before."""
    await page.playground.leave()
    assert not page.here.sim._store.onlookers
    assert isinstance(page.browser, aiohttp.ClientSession)


async def test_health_is_not_asked_at_each_look(page: Page) -> None:
    """What each page looks for twice a second reaches the database once in a while, and after a fault."""
    asked: list[str] = []

    async def probe() -> Health:
        asked.append("asked")
        return Health(HealthState.OK)

    page.here.app.services.get(HealthService).register("counted", probe)
    stage = Stage(page.here.app, page.here.sim, "Wisp", page.playground.feed)
    told = [await stage.state() for _ in range(5)]
    assert len(asked) == 1
    assert all(one["health"] == told[0]["health"] for one in told)

    stage.set_fault("slow", on=True)
    await stage.state()
    assert len(asked) == 2
    stage.close()


async def test_a_reference_of_letters_is_known_in_what_is_kept(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was a reference may be another when the test runs, even if it looks like a word."""
    letters = 0b01010_01010_01010_01010
    monkeypatch.setattr(random, "getrandbits", lambda bits: letters & ((1 << bits) - 1))
    await page.here.sim.person("Ada").slash("ping")
    author = {"id": "1", "username": "Wisp", "bot": True}
    message = {"id": "2", "channel_id": "3", "content": "ref AAAAAAAA, BBBBBBBB", "author": author}
    step = {"who": "Ada", "act": "slash", "name": "why", "messages": [message]}

    status, answer = await page.ask("POST", "/test", steps=[step])

    assert status == 200
    assert isinstance(answer, dict)
    assert r"ref\ \w+,\ BBBBBBBB" in answer["text"].replace("\\\\", "\\")
