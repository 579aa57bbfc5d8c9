"""One websocket: frames out in order, frames in one by one."""

import asyncio
import json
from typing import NoReturn

from aiohttp import WSMsgType, web

from wisp_sim.clock import Clock
from wisp_sim.gateway.beats import Beats
from wisp_sim.gateway.codes import CLOSE_TEXTS, Close, Op
from wisp_sim.gateway.compress import Compressor
from wisp_sim.gateway.identify import RefusedError
from wisp_sim.gateway.limits import SendLimit
from wisp_sim.gateway.session import Session
from wisp_sim.gateway.spoil import SpoiledFrames
from wisp_sim.model.account import User
from wisp_sim.model.payload import Payload
from wisp_sim.model.sighting import Frame, Onlookers
from wisp_sim.rules.json_text import read_json

# What a client that never answers a heartbeat request is given, once, in real time.
_ANSWER_LIMIT_S = 2.0
# What a client that is told to go has for reading all that was sent before; who does not read is cut off.
_GOING_LIMIT_S = 2.0
_FINAL_CODES = (1000, 1001)
# Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_ENDING_CLOSES = (Close.INVALID_SEQ, Close.SESSION_TIMED_OUT)
# Source: https://docs.discord.com/developers/events/gateway#sending-events
_MAX_FRAME_BYTES = 4096


class Connection:
    """The socket of one client; its session is set when it has identified."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        compressor: Compressor,
        clock: Clock,
        interval_s: float,
        spoiled: SpoiledFrames,
        onlookers: Onlookers,
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._compressor = compressor
        self._outgoing: asyncio.Queue[str | bytes | int | None] = asyncio.Queue()
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []
        self._writer = asyncio.create_task(self._write())
        self._closed_with: int | None = None
        self._last_call: asyncio.TimerHandle | None = None
        self.session: Session | None = None
        self._spoiled = spoiled
        self._clock = clock
        self._onlookers = onlookers
        self.answers_requests = True
        self.sends = SendLimit(clock)
        self.beats = Beats(clock, interval_s, self.ask, lambda: self.end(Close.SESSION_TIMED_OUT))

    def send(self, text: str) -> None:
        """Send a frame after those before it, unless a fault is in its way."""
        put = self._outgoing.put_nowait
        if self._onlookers and self.session is not None:
            self._tell(self.session.account, json.loads(text), len(text), sent=True)
        if self._spoiled.are_sound:
            put(text)
        else:
            self._spoiled.send(None if self.session is None else self.session.account, text, put)

    def send_raw(self, frame: str | bytes) -> None:
        """Send this, whatever it is; text goes through the compression as any frame does."""
        self._outgoing.put_nowait(frame)

    def send_op(self, op: Op, data: object = None) -> None:
        """Send a frame that is no dispatch."""
        self.send(json.dumps({"t": None, "s": None, "op": int(op), "d": data}, separators=(",", ":")))

    def ask(self) -> None:
        """Ask for a heartbeat at once."""
        self.send_op(Op.HEARTBEAT)

    def cut(self) -> None:
        """Let the connection be gone without a word: the client sees 1006."""
        if self._transport is not None:
            self._transport.abort()

    def end(self, close: int | None) -> None:
        """Close the socket once everything before is sent; None closes it without Discord's reason.

        A client that does not read is let go all the same, without a word.
        """
        self._outgoing.put_nowait(close)
        if self._last_call is None:
            self._last_call = asyncio.get_running_loop().call_later(_GOING_LIMIT_S, self.cut)

    async def next_frame(self) -> Payload | None:
        """The next frame of the client; None when it is gone.

        Raises:
            RefusedError: what came is no JSON object.
        """
        message = await self._socket.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        if self.session is not None and self.session.account.bot and len(message.data) > _MAX_FRAME_BYTES:
            _undecodable()
        try:
            frame = read_json(message.data)
        except ValueError:
            _undecodable()
        if not isinstance(frame, dict):
            _undecodable()
        if self._onlookers and self.session is not None:
            self._tell(self.session.account, frame, len(message.data), sent=False)
        return frame

    def _tell(self, account: User, frame: Payload, size_bytes: int, *, sent: bool) -> None:
        op, event, seq = frame.get("op"), frame.get("t"), frame.get("s")
        self._onlookers.frame(
            Frame(
                at=self._clock.now(),
                account_id=account.id,
                bot=account.bot,
                sent=sent,
                op=op if isinstance(op, int) else -1,
                event=event if isinstance(event, str) else "",
                seq=seq if isinstance(seq, int) else None,
                size_bytes=size_bytes,
            )
        )

    async def confirm(self) -> None:
        """Return when the client has read all that was sent so far.

        It is asked for a heartbeat, which names the last sequence number that it read. A client that
        does not answer such a request is not asked again.
        """
        if self.session is None or self._spoiled.silent or not self.answers_requests:
            return
        done, _ = await asyncio.wait([self._asked(self.session.seq)], timeout=_ANSWER_LIMIT_S)
        if not done:
            self.answers_requests = False

    def _asked(self, seq: int) -> asyncio.Future[None]:
        """The answer to a request for a heartbeat; one request serves all who wait for the same."""
        for needed, pending in self._awaited:
            if needed == seq and not pending.done():
                return pending
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited.append((seq, answered))
        self.ask()
        return answered

    def heard(self, seq: object) -> None:
        """The client's heartbeat: it read everything up to ``seq``."""
        read = seq if isinstance(seq, int) else 0
        still: list[tuple[int, asyncio.Future[None]]] = []
        for needed, answered in self._awaited:
            if needed > read:
                still.append((needed, answered))
            elif not answered.done():
                answered.set_result(None)
        self._awaited = still

    @property
    def ended_for_good(self) -> bool:
        """The client said that it will not resume, or was told to begin anew."""
        if self._closed_with is not None:
            return self._closed_with in _ENDING_CLOSES
        return self._socket.close_code in _FINAL_CODES

    async def finish(self) -> None:
        """Let go of the socket: nothing is sent any more, nobody waits for an answer."""
        self.beats.end()
        if self._last_call is not None:
            self._last_call.cancel()
        self._writer.cancel()
        await asyncio.wait([self._writer])
        for _, answered in self._awaited:
            if not answered.done():
                answered.set_result(None)
        self._awaited.clear()

    async def _write(self) -> None:
        try:
            while True:
                frame = await self._outgoing.get()
                if isinstance(frame, str):
                    await self._send_packed(self._compressor.pack(frame))
                elif isinstance(frame, bytes):
                    await self._socket.send_bytes(frame)
                else:
                    await self._close(frame)
                    return
        except ConnectionError:
            return

    async def _send_packed(self, packed: str | bytes) -> None:
        if isinstance(packed, str):
            await self._socket.send_str(packed)
        else:
            await self._socket.send_bytes(packed)

    async def _close(self, close: int | None) -> None:
        if close is None:
            await self._socket.close(code=1001)
        else:
            self._closed_with = close
            await self._socket.close(code=close, message=CLOSE_TEXTS.get(close, "").encode())


def _undecodable() -> NoReturn:
    raise RefusedError(Close.DECODE_ERROR)
