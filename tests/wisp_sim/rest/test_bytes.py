"""Clients that send bytes which are no request, only half of one, or break off."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from support.raw_socket import answer_to, bytes_to
from support.raw_user import RawUser
from wisp_sim import Sim

JSON = b"application/json"
PARTS = b"multipart/form-data; boundary=b"


@pytest.fixture(autouse=True)
def nothing_broke(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever comes is something that clients do, and no error of the server."""
    yield
    records = caplog.get_records("call")
    assert [record.getMessage() for record in records if record.levelno >= logging.ERROR] == []


def request_of(
    sim: Sim, path: str, kind: bytes, body: bytes, *, method: str = "POST", more: bytes = b""
) -> bytes:
    """A request of the bot's, byte for byte."""
    lines = [
        f"{method} /api/v10{path} HTTP/1.1\r\nHost: x".encode(),
        f"Authorization: Bot {sim.bot('Wisp').token}".encode(),
        b"Content-Type: " + kind,
        b"Content-Length: " + str(len(body)).encode(),
    ]
    return b"\r\n".join([*lines, *([more] if more else []), b"", body])


def one_file(filename: bytes, kind: bytes) -> bytes:
    """A form with a file in it."""
    head = b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="' + filename
    return head + b'"\r\nContent-Type: ' + kind + b"\r\n\r\nhi\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("kind", "body", "more", "expected"),
    [
        (JSON, b"abc", b"Content-Encoding: gzip", (400, 50109)),
        (JSON, b"abc", b"Content-Encoding: deflate", (400, 50109)),
        (PARTS, b"--b\r\nnonsense", b"", (400, 50035)),
        (PARTS, b"--b\r\nno header: \x00\r\n\r\nx\r\n--b--\r\n", b"", (400, 50035)),
        (PARTS, b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\nx", b"", (400, 50035)),
    ],
)
async def test_refuses_what_is_not_packed_as_it_says(
    sim: Sim, general: int, kind: bytes, body: bytes, more: bytes, expected: tuple[int, int]
) -> None:
    """A body that is not compressed, or not in parts, as its headers say is the client's mistake."""
    request = request_of(sim, f"/channels/{general}/messages", kind, body, more=more)
    status, answer = await answer_to(sim, request)

    assert (status, answer["code"]) == expected


async def test_headers_that_are_no_utf8(sim: Sim, general: int, ada: RawUser) -> None:
    """What a header says in other bytes is told on in characters that everybody can read."""
    channel = f"/channels/{general}"
    files = request_of(sim, f"{channel}/messages", PARTS, one_file(b"caf\xe9.txt", b"text/pl\xe9in"))
    status, message = await answer_to(sim, files)
    assert status == 200, message
    assert "\ufffd" in message["attachments"][0]["content_type"]
    reason = b"X-Audit-Log-Reason: caf\xe9 %C3%A9"
    status, _ = await answer_to(
        sim, request_of(sim, channel, JSON, b'{"topic": "t"}', method="PATCH", more=reason)
    )
    assert status == 200

    log = await ada.ok("GET", f"/guilds/{sim.guild('Lovelace' + chr(39) + 's Lab').id}/audit-logs")
    assert log["audit_log_entries"][0]["reason"] == "caf\ufffd \u00e9"


async def test_half_a_request_holds_nobody_up(
    sim: Sim, general: int, ada: RawUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that stops in the midst of a request is refused after a while; so long it is waited for."""
    monkeypatch.setattr("wisp_sim.rest.body.BODY_LIMIT_S", 0.1)
    whole = request_of(sim, f"/channels/{general}/messages", JSON, b'{"content": "never said"}')
    async with asyncio.timeout(5), bytes_to(sim) as (reader, writer):
        writer.write(whole[:-5])
        assert (await reader.readline()).split()[1] == b"408"
        await sim.settle()
        await ada.say(general, "said")

    messages: list[dict[str, Any]] = await ada.ok("GET", f"/channels/{general}/messages")
    assert [message["content"] for message in messages] == ["said"]


async def test_who_breaks_off_is_forgotten(sim: Sim, general: int, ada: RawUser) -> None:
    """A client that goes in the midst of a request leaves nothing open."""
    whole = request_of(sim, f"/channels/{general}/messages", JSON, b'{"content": "never said"}')
    async with bytes_to(sim) as (_, writer):
        writer.write(whole[:-5])
        await ada.say(general, "meanwhile")
        assert sim._wires.busy()
    async with asyncio.timeout(5):
        await sim.settle()

    assert not sim._wires.busy()
