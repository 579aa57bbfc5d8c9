"""Any byte from any client: Discord's error, never a 500, never a dead server."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS
from wisp_sim.rest.app import ROUTES

pytestmark = pytest.mark.generated
SEED = 20260101
REQUESTS = 400
FRAMES = 150
SCRAP: list[Any] = [
    None, True, -1, 0, 1, 2**70, 1.5, 1e308, "", "x", "12345678901234567", "🦊", "\ud800", "x" * 5000,
    [], {}, [None], [[]], {"_errors": 1}, {"id": None}, [{"type": 1}], {"type": 1}, "@me", 1e20,
]  # fmt: skip
KEYS = [
    "type", "name", "description", "options", "content", "embeds", "components", "custom_id", "data", "id",
    "application_id", "channel_id", "guild_id", "values", "choices", "value", "flags", "attachments", "title",
    "message_id", "version", "style", "label", "allowed_mentions", "message_reference", "nonce", "target_id",
    "component_type", "recipients", "recipient_id", "contexts", "integration_types", "name_localizations",
    "default_member_permissions", "min_values", "max_values", "emoji", "accessory", "component", "items",
]  # fmt: skip
PARTS = ["1", "x", "@me", "@original", "%F0%9F%91%8B", "%00", "a%3A12", "%ff"]
KINDS = ["application/json"] * 8 + ["multipart/form-data; boundary=b", "multipart/form-data", "text/x", "x"]


@pytest.fixture
def chance() -> random.Random:
    """The same dice in each run."""
    return random.Random(SEED)


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


def _scrap(chance: random.Random, ids: list[str], depth: int = 0) -> Any:
    roll = chance.random()
    if depth > 4 or roll < 0.3:
        return chance.choice([*SCRAP, *ids, chance.randrange(25)])
    if roll < 0.5:
        return [_scrap(chance, ids, depth + 1) for _ in range(chance.randrange(4))]
    return {key: _scrap(chance, ids, depth + 1) for key in chance.sample(KEYS, chance.randrange(12))}


def _broken(body: Any, chance: random.Random) -> Any:
    """A copy with one part dropped or retyped, anywhere."""
    copy = json.loads(json.dumps(body))
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                collect(node[key])

    collect(copy)
    node, key = chance.choice(places)
    if chance.random() < 0.3:
        del node[key]
    else:
        node[key] = chance.choice(SCRAP)
    return copy


async def test_random_requests_are_refused(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, chance: random.Random
) -> None:
    """No route answers 500, whatever comes; afterwards the server serves as before."""
    option = {"type": 6, "name": "u", "description": "d"}
    command = {"name": "ping", "description": "d", "options": [option]}
    (known,) = await wisp.ok("PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[command])
    message = await ada.say(general, "there")
    guild_id = sim.guild("Lovelace's Lab").id
    ids = [known["id"], str(general), str(guild_id), message["id"], known["application_id"]]
    failures = []
    for _ in range(REQUESTS):
        route, caller = chance.choice(ROUTES), chance.choice([ada, wisp])
        parts = route.path.split("/")
        path = "/".join(chance.choice([*ids, *PARTS]) if part[:1] == "{" else part for part in parts)
        data = json.dumps(_scrap(chance, ids)).encode()
        if chance.random() < 0.1:
            data = data[: chance.randrange(len(data))]
        headers = {"Content-Type": chance.choice(KINDS)}
        status, body = await caller.call(route.method, path, data=data, headers=headers)
        if status >= 500:
            failures.append((route.method, path, headers, data, body))

    assert failures == []
    assert (await ada.say(general, "still here"))["content"] == "still here"


async def test_near_misses_are_refused(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, chance: random.Random
) -> None:
    """Valid bodies with one part dropped or retyped never lead to a 500."""
    commands, messages = f"/applications/{sim.bot('Wisp').id}/commands", f"/channels/{general}/messages"
    option = {"type": 3, "name": "o", "description": "d", "choices": [{"name": "a", "value": "a"}]}
    command = {"name": "ping", "description": "d", "options": [option]}
    (known,) = await wisp.ok("PUT", commands, json=[command])
    select = {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}
    embed = {"title": "t", "fields": [{"name": "n", "value": "v"}], "author": {"name": "a"}}
    message = {"content": "c", "embeds": [embed], "components": [{"type": 1, "components": [select]}]}
    sent = await wisp.ok("POST", messages, json=message)
    chosen = {"type": 3, "name": "o", "value": "a"}
    base = {"application_id": known["application_id"], "channel_id": str(general), "nonce": "1"}
    invoke = {"id": known["id"], "name": "ping", "type": 1, "options": [chosen]}
    press = {"component_type": 3, "custom_id": "s", "values": ["a"]}
    valid: list[tuple[RawUser, str, str, Any]] = [
        (wisp, "PUT", commands, [command]),
        (wisp, "POST", commands, command),
        (wisp, "POST", messages, {**message, "allowed_mentions": {"parse": []}}),
        (wisp, "PATCH", f"{messages}/{sent['id']}", message),
        (ada, "POST", "/interactions", {**base, "type": 2, "data": invoke}),
        (ada, "POST", "/interactions", {**base, "type": 3, "message_id": sent["id"], "data": press}),
    ]
    failures = []
    for number in range(REQUESTS):
        caller, method, path, body = valid[number % len(valid)]
        broken = _broken(body, chance)
        status, answer = await caller.call(method, path, json=broken)
        if status >= 500:
            failures.append((method, path, broken, answer))

    assert failures == []


async def test_near_miss_answers_are_refused(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, chance: random.Random
) -> None:
    """First answers, follow-ups and edits with one part dropped or retyped never lead to a 500."""
    commands = f"/applications/{sim.bot('Wisp').id}/commands"
    await wisp.ok("PUT", commands, json=[{"name": "ping", "description": "d"}])
    field = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "i", "style": 1}}
    modal = {"title": "t", "custom_id": "m", "components": [field]}
    button = {"type": 2, "style": 1, "label": "b", "custom_id": "b", "emoji": {"name": "👋"}}
    message = {"content": "c", "components": [{"type": 1, "components": [button]}]}
    failures = []
    for number in range(REQUESTS // 8):
        await ada.slash(general, "ping")
        await sim.settle()
        interaction = wisp.told("INTERACTION_CREATE")[-1]
        hook = f"/webhooks/{interaction['application_id']}/{interaction['token']}"
        first = {"type": 9, "data": modal} if number % 2 else {"type": 4, "data": message}
        for method, path, body in (
            ("POST", f"/interactions/{interaction['id']}/{interaction['token']}/callback", first),
            ("POST", hook, message),
            ("PATCH", f"{hook}/messages/@original", message),
        ):
            broken = _broken(body, chance)
            status, answer = await wisp.call(method, path, json=broken)
            if status >= 500:
                failures.append((method, path, broken, answer))

    assert failures == []


async def test_random_frames_harm_nobody(sim: Sim, ada: RawUser, general: int, chance: random.Random) -> None:
    """A client that sends nonsense is let go with a code of Discord's; the others go on undisturbed."""
    data = {"token": sim.bot("Wisp").token, "intents": int(ALL_INTENTS), "shard": [0, 1]}
    codes = set()
    async with aiohttp.ClientSession() as session:
        for _ in range(FRAMES):
            async with session.ws_connect(sim.gateway_url) as socket:
                noise = {"op": chance.randrange(-1, 45), "d": chance.choice(SCRAP)}
                await socket.send_json(chance.choice([noise, _broken({"op": 2, "d": data}, chance)]))
                await socket.send_json({"op": chance.choice(SCRAP), "d": chance.choice(SCRAP)})
                await socket.send_json({"op": "end"})
                while not socket.closed:
                    await socket.receive()
                codes.add(socket.close_code)
    await ada.say(general, "undisturbed")
    await sim.settle()

    assert codes <= {4001, 4002, 4003, 4004, 4005, 4010, 4013}
    assert [message["content"] for message in ada.told("MESSAGE_CREATE")] == ["undisturbed"]
