"""Users' clients bring files before the message that shows them."""

from io import BytesIO
from typing import Any

import aiohttp
import pytest

from support.raw_user import JsonObject, RawUser, raw_user
from wisp_sim import Sim
from wisp_sim.model.kinds import ALL_INTENTS


async def announced(user: RawUser, channel_id: int, **more: object) -> JsonObject:
    """Tell of one file that will come; where it is to be put."""
    files = [{"filename": "cat.png", "file_size": 4, "id": "23", **more}]
    answer = await user.ok("POST", f"/channels/{channel_id}/attachments", json={"files": files})
    (place,) = answer["attachments"]
    found: JsonObject = place
    return found


async def put(url: str, data: bytes) -> int:
    """Put the bytes of a file, as clients do: without a token."""
    headers = {"Content-Type": "image/png"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.put(url, data=BytesIO(data)) as response,
    ):
        return response.status


async def test_brings_a_file(ada: RawUser, general: int) -> None:
    """A file that was announced and put is shown by the message that names it, with its bytes."""
    place = await announced(ada, general)
    assert place["id"] == "23"
    assert await put(place["upload_url"], b"meow") == 200
    note = {"id": "0", "filename": "kitten.png", "description": "a cat"}
    body = {"attachments": [{**note, "uploaded_filename": place["upload_filename"]}]}
    sent = await ada.ok("POST", f"/channels/{general}/messages", json=body)

    (file,) = (await ada.ok("GET", f"/channels/{general}/messages/{sent['id']}"))["attachments"]
    assert (file["filename"], file["size"], file["content_type"]) == ("kitten.png", 4, "image/png")
    assert file["description"] == "a cat"
    async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
        assert await response.read() == b"meow"


async def test_brings_a_file_to_a_command(sim: Sim, ada: RawUser, general: int) -> None:
    """A command's option takes a file that was brought before."""
    async with raw_user(sim, sim.bot("Wisp").token, intents=int(ALL_INTENTS)) as bot:
        me = (await bot.ok("GET", "/users/@me"))["id"]
        option = {"type": 11, "name": "file", "description": "what", "required": True}
        command = {"name": "show", "description": "shows", "options": [option]}
        await bot.ok("POST", f"/applications/{me}/commands", json=command)
        place = await announced(ada, general)
        await put(place["upload_url"], b"meow")
        known = (await ada.commands(general))["show"]
        data = {
            **{key: known[key] for key in ("id", "name", "type", "version")},
            "options": [{"type": 11, "name": "file", "value": "0"}],
            "attachments": [
                {"id": "0", "filename": "cat.png", "uploaded_filename": place["upload_filename"]}
            ],
        }
        body = {
            "type": 2,
            "application_id": me,
            "guild_id": str(sim.guild("Lovelace's Lab").id),
            "data": data,
        }
        assert (await ada.act(general, body))[0] == 204
        await sim.settle()
        (told,) = bot.told("INTERACTION_CREATE")
    (file,) = told["data"]["resolved"]["attachments"].values()
    assert (file["filename"], file["size"]) == ("cat.png", 4)


async def test_refuses_what_was_not_brought(ada: RawUser, mallory: RawUser, general: int) -> None:
    """A file that never came, is somebody else's or has no such name is in no message."""
    place = await announced(ada, general)
    path = f"/channels/{general}/messages"

    async def refused(user: RawUser, name: object) -> Any:
        body = {"content": "look", "attachments": [{"id": "0", "uploaded_filename": name}]}
        status, answer = await user.call("POST", path, json=body)
        assert (status, answer["code"]) == (400, 50035)
        return answer["errors"]["attachments"]["0"]["uploaded_filename"]["_errors"][0]["code"]

    assert await refused(ada, place["upload_filename"]) == "ATTACHMENT_UPLOAD_NOT_FOUND"
    await put(place["upload_url"], b"meow")
    for user, name in ((mallory, place["upload_filename"]), (ada, "nothing/cat.png"), (ada, [])):
        assert await refused(user, name)
    assert await ada.ok("GET", path) == []
    assert await put(f"{place['upload_url']}x", b"meow") == 404
    assert await put(place["upload_url"], bytes(10 * 1024 * 1024 + 1)) == 413


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, 50035),
        ({"files": []}, 400, 50035),
        ({"files": [{"filename": "x", "file_size": 1}] * 11}, 400, 50035),
        ({"files": [{"filename": "", "file_size": 1}]}, 400, 50035),
        ({"files": [{"filename": "x", "file_size": -1}]}, 400, 50035),
        ({"files": [{"filename": "x", "file_size": 10 * 1024 * 1024 + 1}]}, 413, 40005),
    ],
)
async def test_refuses_announcements(
    ada: RawUser, general: int, body: JsonObject, status: int, code: int
) -> None:
    """One to ten files are announced, each with a name and a size that a message may have."""
    refused, answer = await ada.call("POST", f"/channels/{general}/attachments", json=body)
    assert (refused, answer["code"]) == (status, code)


async def test_files_need_their_permission(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """Who may not attach files announces none."""
    path = f"/channels/{general}/permissions/{sim.user('Mallory').id}"
    await ada.ok("PUT", path, json={"type": 1, "deny": str(1 << 15), "allow": "0"})
    body = {"files": [{"filename": "x", "file_size": 1}]}
    status, answer = await mallory.call("POST", f"/channels/{general}/attachments", json=body)
    assert (status, answer["code"]) == (403, 50013)


async def test_any_name_of_a_file(ada: RawUser, general: int) -> None:
    """A name that no address can hold as it is still makes an address."""
    place = await announced(ada, general, filename="a/b \u2028 𝄞?.png")
    assert await put(place["upload_url"], b"meow") in (200, 404)
    form = aiohttp.FormData()
    form.add_field("payload_json", '{"attachments": [{"id": "0", "filename": "\\u2028/x"}]}')
    form.add_field("files[0]", b"meow", filename="x.txt")
    sent = await ada.ok("POST", f"/channels/{general}/messages", data=form)
    assert len(sent["attachments"]) == 1


@pytest.mark.parametrize(
    ("filename", "kind", "disposition"),
    [
        ("cat.png", "image/png", None),
        ("song.ogg", "audio/ogg", None),
        ("page.html", "text/html", "attachment; filename*=UTF-8''page.html"),
        ("cat.svg", "image/svg+xml", "attachment; filename*=UTF-8''cat.svg"),
        ("té.html", "TEXT/HTML; charset=utf-8", "attachment; filename*=UTF-8''t%C3%A9.html"),
    ],
)
async def test_runs_nothing_of_a_file(
    ada: RawUser, general: int, filename: str, kind: str, disposition: str | None
) -> None:
    """Whoever opens a file runs none of it: pictures and sounds are shown, all else is downloaded."""
    place = await announced(ada, general, filename=filename)
    async with aiohttp.ClientSession(headers={"Content-Type": kind}) as session:
        async with session.put(place["upload_url"], data=BytesIO(b"<script>1</script>")) as response:
            assert response.status == 200
        note = {"id": "0", "filename": filename, "uploaded_filename": place["upload_filename"]}
        sent = await ada.ok("POST", f"/channels/{general}/messages", json={"attachments": [note]})
        async with session.get(sent["attachments"][0]["url"]) as response:
            assert response.status == 200
            assert response.headers.get("Content-Disposition") == disposition
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
