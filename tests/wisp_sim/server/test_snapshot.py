"""A whole offline Discord in a file, and back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.raw_user import RawUser, raw_user
from wisp_sim import ManualClock, Sim, SnapshotError, World
from wisp_sim.model.kinds import ALL_INTENTS


@pytest.fixture
async def wisp(sim: Sim) -> AsyncIterator[RawUser]:
    """The bot, driven by hand."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        yield bot


async def live(sim: Sim, ada: RawUser, wisp: RawUser, general: int) -> None:
    """Let there be commands, messages, a file, reactions, an answer, a private one, a form, a DM."""
    await wisp.ok(
        "PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[{"name": "p", "description": "d"}]
    )
    said = await ada.say(general, "hello $ref", nonce="7")
    await wisp.ok("PUT", f"/channels/{general}/messages/{said['id']}/reactions/%F0%9F%91%8B/@me")
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"content": "file"}), content_type="application/json")
    form.add_field("files[0]", b"\x00\xffbytes", filename="a.bin")
    await wisp.ok("POST", f"/channels/{general}/messages", data=form)
    button = {"type": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": "b"}]}
    for first in (
        {"type": 4, "data": {"content": "public", "components": [button]}},
        {"type": 4, "data": {"content": "private", "flags": 64}},
        {"type": 9, "data": {"title": "t", "custom_id": "m", "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": "i", "style": 1, "label": "l"}]}
        ]}},
    ):  # fmt: skip
        await ada.slash(general, "p")
        await sim.settle()
        asked = wisp.told("INTERACTION_CREATE")[-1]
        await wisp.ok("POST", f"/interactions/{asked['id']}/{asked['token']}/callback", json=first)
    direct = await wisp.ok("POST", "/users/@me/channels", json={"recipient_id": str(sim.user("Ada").id)})
    await wisp.say(int(direct["id"]), "psst")


async def read(sim: Sim, ada: RawUser, general: int) -> dict[str, Any]:
    """What Ada finds."""
    guild_id = sim.guild("Lovelace's Lab").id
    return {
        "guild": await ada.ok("GET", f"/guilds/{guild_id}"),
        "channels": await ada.ok("GET", f"/guilds/{guild_id}/channels"),
        "messages": await ada.ok("GET", f"/channels/{general}/messages"),
        "commands": await ada.commands(general),
        "me": await ada.ok("GET", "/users/@me"),
    }


async def test_comes_back_as_it_was(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, clock: ManualClock, tmp_path: Path
) -> None:
    """Everything is found under the same ids, with the same tokens, and what is made then has new ids."""
    await live(sim, ada, wisp, general)
    before, file = await read(sim, ada, general), tmp_path / "kept.json"
    sim.save(file)

    async with Sim.load(file, clock=clock) as again, raw_user(again, sim.user("Ada").token) as ada_again:
        text = json.dumps(before).replace(sim.api_url[:-8], again.api_url[:-8])
        assert await read(again, ada_again, general) == json.loads(text)
        url = next(m for m in json.loads(text)["messages"] if m["attachments"])["attachments"][0]["url"]
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert await response.read() == b"\x00\xffbytes"
        newest = await ada_again.say(general, "later")
        assert int(newest["id"]) > max(int(message["id"]) for message in before["messages"])


async def test_nothing_is_lost_on_the_way(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, clock: ManualClock, tmp_path: Path
) -> None:
    """Kept, brought back and kept again, the files are the same, byte for byte."""
    await live(sim, ada, wisp, general)
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    sim.save(first)
    Sim.load(first, clock=clock).save(second)

    assert second.read_bytes() == first.read_bytes()


async def test_an_open_form_can_still_be_sent(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, clock: ManualClock, tmp_path: Path
) -> None:
    """What two places shared they share again: the form still belongs to the interaction that opened it."""
    await live(sim, ada, wisp, general)
    (modal,) = ada.told("INTERACTION_MODAL_CREATE")
    sim.save(tmp_path / "kept.json")

    async with (
        Sim.load(tmp_path / "kept.json", clock=clock) as again,
        raw_user(again, sim.user("Ada").token) as ada_again,
        raw_user(again, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as wisp_again,
    ):
        assert await ada_again.submit(modal, {"i": "text"}) == (204, None)
        await again.settle()
        assert wisp_again.told("INTERACTION_CREATE")[-1]["type"] == 5


BROKEN_TABLES = [
    ('{"x": {}}', "table 'x'"),
    ('{"users": []}', "table 'users'"),
    ('{"users": {"$ref": 1}}', "users refers to the object 1"),
    ('{"users": {"$": [0, "Popen", {}]}}', "users is a 'Popen'"),
    ('{"users": {"$": [0, "User", {}]}}', "users has no 'id'"),
    ('{"users": {"$": [0, "User", {"x": 1}]}}', "users has ['x']"),
    ('{"users": {"$": 1}}', "users is a None"),
    ('{"users": {"$time": 1}}', "users cannot be read"),
    ('{"users": {"$enum": ["X", 1]}}', "of the kind 'X'"),
    ('{"users": {"$dict": [1]}}', "users cannot be read"),
]


async def test_what_was_to_happen_happens(
    sim: Sim, ada: RawUser, wisp: RawUser, general: int, clock: ManualClock, tmp_path: Path
) -> None:
    """After a snapshot a poll still ends, a thread still falls asleep, and what nobody answered fails."""
    poll = {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}], "duration": 1}
    asked = await wisp.ok("POST", f"/channels/{general}/messages", json={"poll": poll})
    started = {"name": "t", "type": 11, "auto_archive_duration": 60}
    thread = await wisp.ok("POST", f"/channels/{general}/threads", json=started)
    await wisp.ok(
        "PUT", f"/applications/{sim.bot('Wisp').id}/commands", json=[{"name": "p", "description": "d"}]
    )
    await ada.slash(general, "p")
    sim.save(tmp_path / "kept.json")

    async with (
        Sim.load(tmp_path / "kept.json", clock=clock) as again,
        raw_user(again, sim.user("Ada").token) as ada_again,
    ):
        clock.advance(3)
        await again.settle()
        assert len(ada_again.told("INTERACTION_FAILURE")) == 1
        clock.advance(3600)
        ended = await ada_again.ok("GET", f"/channels/{general}/messages/{asked['id']}")
        assert ended["poll"]["results"]["is_finalized"] is True
        asleep = await ada_again.ok("GET", f"/channels/{thread['id']}")
        assert asleep["thread_metadata"]["archived"] is True


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "this is no snapshot"),
        ("[]", "this is no snapshot; `Sim.save` writes one"),
        ('{"wisp_sim": 99, "tables": {}}', "this snapshot has format 99; this version of Wisp reads 1"),
        ('{"wisp_sim": 1, "tables": {}}', "'last_id' is None"),
        *(
            (f'{{"wisp_sim": 1, "last_id": "1", "tables": {tables}}}', problem)
            for tables, problem in BROKEN_TABLES
        ),
    ],
)
def test_a_broken_snapshot_is_named(text: str, problem: str, tmp_path: Path) -> None:
    """What is no snapshot is refused with the file, the place and what is wrong there."""
    file = tmp_path / "kept.json"
    file.write_text(text)
    with pytest.raises(SnapshotError) as refused:
        Sim.load(file)

    assert str(file) in str(refused.value)
    assert problem in str(refused.value)


def test_no_draft_is_left(tmp_path: Path) -> None:
    """There is the file that was asked for, and no other."""
    Sim(World()).save(tmp_path / "kept.json")
    assert [file.name for file in tmp_path.iterdir()] == ["kept.json"]


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    """Neither reading nor writing fails without saying where."""
    with pytest.raises(SnapshotError, match=r"no\.json.*cannot be read"):
        Sim.load(tmp_path / "no.json")
    with pytest.raises(SnapshotError, match=r"kept\.json.*cannot be written"):
        Sim(World()).save(tmp_path / "no" / "kept.json")
