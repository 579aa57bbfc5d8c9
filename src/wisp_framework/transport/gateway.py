"""The gateway's read path: a frame that cannot be read costs that frame, never the client."""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn, cast

import aiohttp
from discord.errors import ConnectionClosed
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.shard import AutoShardedClient, EventItem, EventType, Shard
from typing_extensions import override

from wisp_framework.transport import frames
from wisp_framework.transport.pace import Pace
from wisp_framework.transport.quarantine import Quarantine, place_of
from wisp_framework.transport.state import WispState
from wisp_framework.utils.clock import Clock, SystemClock

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 60.0
NORMAL_CLOSURE = 1000
UNRESUMABLE = frozenset({4003, 4007, 4009})
"""Close codes after which Discord takes no RESUME of that session.

Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""
NETWORK_FAULTS = (OSError, aiohttp.ClientError, TimeoutError)
SIGNALS = (ReconnectWebSocket, ConnectionClosed, WebSocketClosure)


class WispWebSocket(DiscordWebSocket):
    """discord.py's gateway connection with the unreadable kept out of it."""

    @property
    def quarantine(self) -> Quarantine:
        """Where unreadable frames are counted."""
        return cast("WispState", self._connection).quarantine

    @override
    async def identify(self) -> None:
        try:
            await super().identify()
        except (Exception, asyncio.CancelledError):
            # Its hook is foreign code; discord.py would leave the socket open and its thread beating.
            await self.close(NORMAL_CLOSURE)
            raise

    @override
    async def poll_event(self) -> None:
        try:
            await super().poll_event()
        except ReconnectWebSocket as signal:
            if signal.resume and self.socket.close_code in UNRESUMABLE:
                raise ReconnectWebSocket(self.shard_id, resume=False) from signal
            raise
        except (ConnectionClosed, *NETWORK_FAULTS):
            raise
        except Exception as error:  # noqa: BLE001 - any exception here would close every shard
            self.quarantine.add("connection", error)
            await self._reconnect(error, resume=True)

    @override
    async def received_message(self, msg: str | bytes, /) -> None:
        text = await self._decompressed(msg)
        if text is None:
            return
        name, is_ready = "frame", False
        try:
            frame = frames.read(text)
            name, is_ready = frame.name, frame.is_ready
            self._expect(frame)
            await super().received_message(text)
        except (*SIGNALS, *NETWORK_FAULTS):
            raise
        except Exception as error:  # noqa: BLE001 - any exception here would close every shard
            self.quarantine.add(name, error)
            if is_ready or self._keep_alive is None or self.session_id is None:
                # Without HELLO and READY nothing works, and silence would last for ever: start over.
                await self._reconnect(error, resume=not is_ready and self.session_id is not None)

    def _expect(self, frame: frames.Frame) -> None:
        frames.check(frame)
        if frame.op == frames.HELLO and self._keep_alive is not None:
            self._keep_alive.stop()  # discord.py would forget the thread and leave it beating
        elif frame.op == frames.DISPATCH and self.session_id is None and not frame.is_ready:
            raise LookupError("an event of a session whose READY was lost")

    async def _decompressed(self, msg: str | bytes) -> str | None:
        if isinstance(msg, str):
            return msg
        try:
            return self._decompressor.decompress(msg)
        except Exception as error:  # noqa: BLE001 - each library has errors of its own
            # The rest of a compressed stream is lost with its first broken part.
            self.quarantine.add("compressed frame", error)
            await self._reconnect(error, resume=self.session_id is not None)

    @override
    async def send_as_json(self, data: object) -> None:
        if isinstance(data, dict) and data.get("op") == self.HEARTBEAT:
            # Its own limit, kept free for heartbeats: one behind other commands may come too late.
            await self.send_heartbeat(data)
        else:
            await super().send_as_json(data)

    async def _reconnect(self, error: Exception, *, resume: bool) -> NoReturn:
        """Let go of this connection, with its socket and its heartbeat.

        Raises:
            ReconnectWebSocket: always; it tells the shard what to do next.
        """
        await self.close(4000 if resume else 1000)
        raise ReconnectWebSocket(self.shard_id, resume=resume) from error


class WispShard(Shard):
    """discord.py's shard over our connection: whatever can be survived ends in another attempt, paced.

    Args:
        ws: its first connection.
        client: whose shard it is.
        queue_put: takes requests to the client, which serves them one after the other.
        clock: the time that waits are measured in; the machine's unless given.
    """

    def __init__(
        self,
        ws: WispWebSocket,
        client: AutoShardedClient,
        queue_put: Callable[[EventItem], None],
        clock: Clock | None = None,
    ) -> None:
        super().__init__(ws, client, queue_put)
        self.clock: Clock = clock or SystemClock()
        self._pace = Pace()
        self._has_waited = False

    @override
    async def _handle_disconnect(self, e: Exception) -> None:
        final = isinstance(e, ConnectionClosed) and e.code != NORMAL_CLOSURE
        if final or not self._reconnect or self._client.is_closed():
            await super()._handle_disconnect(e)
        elif isinstance(e, ConnectionResetError):
            # discord.py lists the numbers of macOS and Windows only.
            self._ask_again(ReconnectWebSocket(self.id))
        else:
            self._announce()
            delay_s = self._pace.next_delay_s(self.clock.monotonic())
            _log.warning("shard %d connects again in %.1f s: %s", self.id, delay_s, place_of(e))
            await self.clock.sleep(delay_s)
            self._queue_put(EventItem(EventType.reconnect, self, e))

    @override
    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        self._cancel_task()
        if not self._has_waited:
            self._announce()
            delay_s = self._pace.next_delay_s(self.clock.monotonic())
            if delay_s > 0:
                # In a task: whoever called serves the other shards, too.
                self._task = asyncio.create_task(self._wait(delay_s, exc))
                return
        self._has_waited = False
        await self._replace(exc)

    @override
    async def reconnect(self) -> None:
        self._cancel_task()
        await self._replace(None)

    async def _wait(self, delay_s: float, exc: ReconnectWebSocket) -> None:
        await self.clock.sleep(delay_s)
        self._has_waited = True
        self._ask_again(exc)

    def _ask_again(self, exc: ReconnectWebSocket) -> None:
        self._queue_put(EventItem(EventType.resume if exc.resume else EventType.identify, self, exc))

    def _announce(self) -> None:
        self._dispatch("disconnect")
        self._dispatch("shard_disconnect", self.id)

    async def _replace(self, exc: ReconnectWebSocket | None) -> None:
        resume = exc is not None and exc.resume and None not in (self.ws.session_id, self.ws.sequence)
        coro = WispWebSocket.from_client(
            self._client,
            resume=resume,
            gateway=self.ws.gateway if resume else None,
            shard_id=self.id,
            session=self.ws.session_id if resume else None,
            sequence=self.ws.sequence if resume else None,
        )
        try:
            self.ws = await asyncio.wait_for(coro, timeout=CONNECT_TIMEOUT_S)
        except ReconnectWebSocket as again:
            self._ask_again(again)
        except Exception as error:  # noqa: BLE001 - also a hook of a subclass; an exception would end the client
            self._task = asyncio.create_task(self._handle_disconnect(error))
        else:
            self.launch()
