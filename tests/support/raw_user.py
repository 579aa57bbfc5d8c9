"""A member of a guild who speaks the wire by hand: nothing but HTTP and a websocket.

JSON is read strictly, as many libraries do: what they could not read fails a test.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
import msgspec

from wisp_sim import Sim

JsonObject = dict[str, Any]


class RawUser:
    """A logged-in user (or, with a bot's token, a bot): requests, and all that the gateway told."""

    def __init__(self, sim: Sim, session: aiohttp.ClientSession) -> None:
        self._sim = sim
        self._http = session
        self._nonces = count(1)
        self.events: list[tuple[str, JsonObject]] = []

    async def call(self, method: str, path: str, **kwargs: Any) -> tuple[int, Any]:
        """Make a request; the status and the parsed body, None if there is none."""
        async with self._http.request(method, f"{self._sim.api_url}{path}", **kwargs) as response:
            raw = await response.read()
            return response.status, msgspec.json.decode(raw) if raw else None

    async def ok(self, method: str, path: str, **kwargs: Any) -> Any:
        """Make a request that succeeds; its body."""
        status, body = await self.call(method, path, **kwargs)
        assert status < 300, (status, body)
        return body

    def told(self, name: str) -> list[JsonObject]:
        """All events of this name so far."""
        return [data for event, data in self.events if event == name]

    async def say(self, channel_id: int, content: str, **more: Any) -> JsonObject:
        """Send a message."""
        message: JsonObject = await self.ok(
            "POST", f"/channels/{channel_id}/messages", json={"content": content, **more}
        )
        return message

    async def commands(self, channel_id: int) -> dict[str, JsonObject]:
        """The commands that this user can use in a channel, by name."""
        index = await self.ok("GET", f"/channels/{channel_id}/application-command-index")
        return {command["name"]: command for command in index["application_commands"]}

    async def act(self, channel_id: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        """POST /interactions with the fields that all kinds share."""
        full = {"channel_id": str(channel_id), "session_id": "raw", "nonce": str(next(self._nonces)), **body}
        return await self.call("POST", "/interactions", json=full)

    async def slash(
        self, channel_id: int, name: str, options: Sequence[Mapping[str, Any]] = (), *, kind: int = 2
    ) -> tuple[int, Any]:
        """Invoke a command that the user sees, or ask for its choices (kind 4)."""
        command = (await self.commands(channel_id))[name]
        data = {"id": command["id"], "name": name, "type": command["type"], "version": command["version"]}
        body = {"type": kind, "application_id": command["application_id"]}
        return await self.act(channel_id, {**body, "data": {**data, "options": list(options)}})

    async def press(
        self, message: JsonObject, custom_id: str, kind: int = 2, values: Sequence[str] | None = None
    ) -> tuple[int, Any]:
        """Press a button, or choose in a select (kind 3 and up)."""
        data: JsonObject = {"component_type": kind, "custom_id": custom_id}
        if values is not None:
            data["values"] = list(values)
        body = {
            "type": 3,
            "application_id": message["author"]["id"],
            "message_id": message["id"],
            "message_flags": message["flags"],
            "data": data,
        }
        return await self.act(message["channel_id"], body)

    async def submit(self, modal: JsonObject, values: Mapping[str, str]) -> tuple[int, Any]:
        """Send off a modal."""
        rows = [
            {"type": 1, "components": [{"type": 4, "custom_id": custom_id, "value": value}]}
            for custom_id, value in values.items()
        ]
        data = {"id": modal["id"], "custom_id": modal["custom_id"], "components": rows}
        body = {"type": 5, "application_id": modal["application_id"], "data": data}
        return await self.act(modal["channel_id"], body)

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Keep every event, and answer heartbeat requests."""
        seq = 0
        async for frame in socket:
            data = msgspec.json.decode(frame.data)
            if data["op"] == 1:
                await socket.send_json({"op": 1, "d": seq})
            elif data["op"] == 0:
                seq = data["s"]
                self.events.append((data["t"], data["d"]))


@asynccontextmanager
async def raw_user(sim: Sim, token: str, *, intents: int | None = None) -> AsyncIterator[RawUser]:
    """Log in over HTTP and the gateway; with ``intents`` as a bot."""
    header = token if intents is None else f"Bot {token}"
    async with aiohttp.ClientSession(headers={"Authorization": header}) as session:
        user = RawUser(sim, session)
        async with session.ws_connect(sim.gateway_url) as socket:
            assert (await socket.receive_json())["op"] == 10
            identify: JsonObject = {"token": token, "properties": {}}
            if intents is not None:
                identify["intents"] = intents
            await socket.send_json({"op": 2, "d": identify})
            listening = asyncio.create_task(user.listen(socket))
            try:
                await sim.settle()
                yield user
            finally:
                await socket.close()
                await listening
