"""The two wires of a person's client: REST requests and the user gateway."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import aiohttp

from wisp_sim.clock import Clock, Timer
from wisp_sim.people.errors import RefusedByServerError, WireError
from wisp_sim.people.options import File
from wisp_sim.people.payload import Payload, as_payload, number, part, payloads, text

DISPATCH, HEARTBEAT, IDENTIFY, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 7, 9, 10, 11

USER_CAPABILITIES = 16381
WRONG_TOKEN = 4004

T = TypeVar("T")
Hear = Callable[[str, Payload], None]


class Wire:
    """One logged-in user: requests out, events in.

    Frames are handled strictly in the order in which they arrive, and a heartbeat that the server asks for
    is answered only after everything before it was handled. So a server that has its answer knows that this
    person has seen all that it sent.

    Args:
        api_url: base of the REST routes, for example ``http://127.0.0.1:8080/api/v10``.
        token: the user's token, without a prefix.
        hear: called with the type and data of every event, in order; must not wait.
        clock: the server's time, by which heartbeats fall due.
    """

    def __init__(self, api_url: str, token: str, hear: Hear, *, clock: Clock) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._hear = hear
        self._clock = clock
        self._timer: Timer | None = None
        self._sequence: int | None = None
        self._acks = 0
        self._beats = 0
        self._ended: str | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def open(self) -> None:
        """Connect and identify; READY has not been heard yet when this returns.

        Raises:
            WireError: nobody listens at the address, or what listens is no Discord.
        """
        self._http = aiohttp.ClientSession(headers={"Authorization": self._token})
        try:
            gateway = text(as_payload(await self.request("GET", "/gateway")), "url")
            self._socket = await self._http.ws_connect(_gateway_address(gateway), max_msg_size=0)
        except (aiohttp.ClientError, OSError) as error:
            await self.close()
            raise self._unreachable(error) from error
        except BaseException:
            await self.close()
            raise
        self._tasks.append(asyncio.create_task(self._read(self._socket), name="wisp-person-read"))

    async def close(self) -> None:
        """Log out; safe to call twice."""
        self._end("closed by its owner")
        if self._timer is not None:
            self._timer.cancel()
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        await asyncio.gather(*(task for task in self._tasks if task is not current), return_exceptions=True)
        if self._socket is not None:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self._socket.close()
        if self._http is not None:
            await self._http.close()

    async def request(
        self, method: str, path: str, body: Payload | None = None, files: Sequence[File] = ()
    ) -> object:
        """Send one REST request and return the JSON answer, or None for an empty one.

        Raises:
            RefusedByServerError: the status is 400 or above.
            WireError: the server cannot be reached.
        """
        if self._http is None:
            raise WireError("This person is not connected.")
        sent = {"data": _form(body, files)} if files else {"json": body}
        try:
            async with self._http.request(method, self._api_url + path, **sent) as response:
                raw = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        answer = _decode(raw)
        if response.status >= 400:
            raise _refusal(response.status, answer)
        return answer

    def _unreachable(self, error: Exception) -> WireError:
        return WireError(f"Cannot reach {self._api_url}: {error}. Is the offline Discord running?")

    async def until(self, look: Callable[[], T | None]) -> T:
        """Return what ``look`` finds as soon as it is not None; it is called after every frame.

        Raises:
            WireError: the connection ended before that.
        """
        while (found := look()) is None:
            if self._ended is not None:
                raise WireError(f"The connection to the offline Discord ended: {self._ended}.")
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)
        return found

    async def catch_up(self) -> None:
        """Return when everything that the server had sent before now has been handled."""
        await self._beat()
        wanted = self._beats
        await self.until(lambda: True if self._acks >= wanted else None)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    await self._handle(as_payload(_decode(frame.data)))
                    self._wake()
        except (aiohttp.ClientError, OSError) as error:
            self._end(str(error))
        wrong_token = " (the token is wrong)" if socket.close_code == WRONG_TOKEN else ""
        self._end(f"close code {socket.close_code}{wrong_token}")

    async def _handle(self, frame: Payload) -> None:
        op = number(frame, "op")
        if op == DISPATCH:
            self._sequence = number(frame, "s")
            self._hear(text(frame, "t"), part(frame, "d"))
        elif op == HEARTBEAT:
            await self._beat()
        elif op == HEARTBEAT_ACK:
            self._acks += 1
        elif op == HELLO:
            await self._identify()
            interval_s = number(part(frame, "d"), "heartbeat_interval") / 1000
            self._schedule_beat(interval_s)
        elif op in {RECONNECT, INVALID_SESSION}:
            self._end("the server asked to reconnect" if op == RECONNECT else "the server ended the session")

    async def _identify(self) -> None:
        # No intents: that, and the token without a prefix, is how a user's client is told from a bot's.
        properties = {"os": "wisp", "browser": "wisp", "device": "wisp"}
        data = {
            "token": self._token,
            "capabilities": USER_CAPABILITIES,
            "properties": properties,
            "compress": False,
        }
        await self._send({"op": IDENTIFY, "d": data})

    def _schedule_beat(self, interval_s: float) -> None:
        def due() -> None:
            self._tasks = [task for task in self._tasks if not task.done()]
            self._tasks.append(asyncio.create_task(self._beat_if_open(), name="wisp-person-heartbeat"))
            self._schedule_beat(interval_s)

        if self._ended is None and interval_s > 0:
            self._timer = self._clock.call_later(interval_s, due)

    async def _beat_if_open(self) -> None:
        with contextlib.suppress(WireError):
            await self._beat()

    async def _beat(self) -> None:
        self._beats += 1
        await self._send({"op": HEARTBEAT, "d": self._sequence})

    async def _send(self, frame: Payload) -> None:
        if self._socket is None or self._ended is not None:
            raise WireError(f"The connection to the offline Discord ended: {self._ended or 'never opened'}.")
        try:
            await self._socket.send_str(json.dumps(frame))
        except (aiohttp.ClientError, OSError) as error:
            self._end(str(error))
            raise WireError(f"The connection to the offline Discord ended: {error}.") from error

    def _end(self, reason: str) -> None:
        if self._ended is None:
            self._ended = reason
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _gateway_address(url: str) -> str:
    return f"{url.rstrip('/')}/?v=10&encoding=json"


def _form(body: Payload | None, files: Sequence[File]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for number_of, file in enumerate(files):
        form.add_field(f"files[{number_of}]", file.data, filename=file.name)
    return form


def _decode(raw: str | bytes) -> object:
    try:
        decoded: object = json.loads(raw) if raw else None
    except ValueError:
        return None
    return decoded


def _refusal(status: int, answer: object) -> RefusedByServerError:
    data = as_payload(answer)
    sentence = text(data, "message") or f"HTTP {status}"
    details = list(_details(data.get("errors"), ""))
    return RefusedByServerError(status, number(data, "code"), " ".join([sentence, *details]).strip())


def _details(errors: object, path: str) -> list[str]:
    """Each leaf of Discord's nested ``errors`` tree as ``path: sentence``."""
    tree = as_payload(errors)
    found = [f"{path}: {text(leaf, 'message')}" for leaf in payloads(tree.get("_errors"))]
    for key, inner in tree.items():
        if key != "_errors":
            found += _details(inner, f"{path}.{key}" if path else str(key))
    return found
