"""The gateway's read path: a frame that cannot be read costs that frame, never the client."""

import asyncio
import logging

import aiohttp
import msgspec
from discord.errors import ConnectionClosed
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.shard import EventItem, EventType, Shard
from typing_extensions import override

from wisp_framework.transport.quarantine import Quarantine

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 60.0


class _Head(msgspec.Struct):
    """What is needed of a frame that discord.py could not read."""

    op: object = None
    t: object = None


class WispWebSocket(DiscordWebSocket):
    """discord.py's gateway connection with the unreadable kept out of it."""

    quarantine: Quarantine

    @override
    async def received_message(self, msg: str | bytes, /) -> None:
        text = self._decompressed(msg)
        if text is None:
            return
        sequence = self.sequence
        try:
            await super().received_message(text)
        except (ReconnectWebSocket, ConnectionClosed, WebSocketClosure):
            raise
        except Exception as error:  # noqa: BLE001 - any exception here would close every shard
            await self._unreadable(text, error)
        if type(self.sequence) is not int and self.sequence is not None:
            self.sequence = sequence

    def _decompressed(self, msg: str | bytes) -> str | None:
        if isinstance(msg, str):
            return msg
        try:
            return self._decompressor.decompress(msg)
        except Exception as error:
            # The rest of a compressed stream is lost with its first broken part.
            self.quarantine.add("undecodable frame", error)
            raise ReconnectWebSocket(self.shard_id) from error

    async def _unreadable(self, text: str, error: Exception) -> None:
        try:
            head = msgspec.json.decode(text, type=_Head)
        except msgspec.DecodeError:
            head = _Head()
        self.quarantine.add(str(head.t or f"op {head.op}"), error)
        if head.t == "READY" or head.op == self.HELLO:
            # Without these nothing works, and silence would last for ever: start over, slower each time.
            await asyncio.sleep(self.quarantine.backoff.delay())
            raise ReconnectWebSocket(self.shard_id, resume=False) from error


class WispShard(Shard):
    """discord.py's shard, over our connection and with the network faults that it does not know."""

    @override
    async def _handle_disconnect(self, e: Exception) -> None:
        if isinstance(e, ConnectionResetError):
            # discord.py lists the numbers of macOS and Windows only.
            self._queue_put(EventItem(EventType.resume, self, ReconnectWebSocket(self.id, resume=True)))
            return
        await super()._handle_disconnect(e)

    @override
    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        self._cancel_task()
        self._dispatch("disconnect")
        self._dispatch("shard_disconnect", self.id)
        await self._replace(exc)

    @override
    async def reconnect(self) -> None:
        self._cancel_task()
        await self._replace(None)

    async def _replace(self, exc: ReconnectWebSocket | None) -> None:
        resume = exc is not None and exc.resume and self.ws.session_id is not None
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
        except self._handled_exceptions as error:
            await self._handle_disconnect(error)
        except ReconnectWebSocket as error:
            self._queue_put(EventItem(EventType.resume if error.resume else EventType.identify, self, error))
        except (ValueError, TypeError, KeyError) as error:
            # A gateway address or a first frame that makes no sense; the next attempt asks anew.
            await self._handle_disconnect(aiohttp.ClientError(str(error)))
        else:
            self.launch()
