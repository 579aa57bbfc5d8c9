"""All connections and sessions, and what the clients ask of them."""

import asyncio
import json

from aiohttp import web

from wisp_sim.gateway.chunks import member_chunks
from wisp_sim.gateway.codes import Close, Op
from wisp_sim.gateway.compress import compressor_for
from wisp_sim.gateway.connection import Connection
from wisp_sim.gateway.identify import RefusedError, account_of, open_session
from wisp_sim.gateway.ready import (
    bot_guild,
    bot_ready,
    guild_ids,
    user_ready,
    user_ready_supplemental,
)
from wisp_sim.gateway.session import RESUMABLE_S, Session
from wisp_sim.model.errors import SimError
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.bus import Event
from wisp_sim.state.store import Store

HEARTBEAT_INTERVAL_MS = 41250
_MAX_FRAME_BYTES = 1 << 20
# How long a client that is told to go may take to say that it goes.
_CLOSE_LIMIT_S = 1.0
# Asked by clients, and of no consequence here.
_IGNORED = (Op.PRESENCE_UPDATE, Op.VOICE_STATE_UPDATE, Op.LAZY_GUILD, Op.LAZY_GUILD_BULK)


class Gateway:
    """Speaks with every client that connects.

    Args:
        store: what there is to tell.
    """

    def __init__(self, store: Store) -> None:
        self.url = ""
        self._store = store
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._sent = 0
        self._received = 0
        self._empty = asyncio.Event()
        store.bus.subscribe(self._publish)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until it is gone."""
        compressor = compressor_for(request.query.get("compress"))
        if compressor is None or request.query.get("encoding", "json") != "json":
            return web.Response(status=400, text="this encoding or compression is not offered")
        socket = web.WebSocketResponse(compress=False, timeout=_CLOSE_LIMIT_S, max_msg_size=_MAX_FRAME_BYTES)
        await socket.prepare(request)
        connection = Connection(socket, compressor)
        self._connections.add(connection)
        connection.send_op(Op.HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL_MS, "_trace": ["wisp-sim"]})
        try:
            await self._listen(connection)
        except RefusedError as refused:
            connection.end(refused.close)
            while await _drained(connection):
                pass
        finally:
            self._connections.discard(connection)
            if not self._connections:
                self._empty.set()
            self._let_go(connection)
            await connection.finish()
        return socket

    async def _listen(self, connection: Connection) -> None:
        while (frame := await connection.next_frame()) is not None:
            self._handle(connection, frame)

    def _handle(self, connection: Connection, frame: Payload) -> None:
        op, data = frame.get("op"), frame.get("d")
        if not isinstance(op, int) or isinstance(op, bool) or op not in tuple(Op):
            raise RefusedError(Close.UNKNOWN_OPCODE)
        if op == Op.HEARTBEAT or op == Op.QOS_HEARTBEAT:
            read = data.get("seq") if op == Op.QOS_HEARTBEAT and isinstance(data, dict) else data
            connection.send_op(Op.HEARTBEAT_ACK)
            connection.heard(read)
            return
        self._received += 1
        if op == Op.IDENTIFY:
            self._identify(connection, data)
        elif op == Op.RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            raise RefusedError(Close.NOT_AUTHENTICATED)
        elif op == Op.REQUEST_GUILD_MEMBERS:
            for chunk in member_chunks(self._store, connection.session, data):
                self._tell(connection.session, "GUILD_MEMBERS_CHUNK", chunk)
        elif op not in _IGNORED:
            raise RefusedError(Close.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: object) -> None:
        if connection.session is not None:
            raise RefusedError(Close.ALREADY_AUTHENTICATED)
        session = open_session(self._store, data)
        self._sessions[session.id] = session
        connection.session, session.outlet = session, connection
        if session.intents is None:
            self._tell(session, "READY", user_ready(self._store, session, self.url))
            self._tell(session, "READY_SUPPLEMENTAL", user_ready_supplemental(self._store, session))
            return
        self._tell(session, "READY", bot_ready(self._store, session, self.url))
        if session.intents & Intent.GUILDS:
            for guild_id in guild_ids(self._store, session):
                self._tell(session, "GUILD_CREATE", bot_guild(self._store, session, guild_id))

    def _resume(self, connection: Connection, data: object) -> None:
        if connection.session is not None:
            raise RefusedError(Close.ALREADY_AUTHENTICATED)
        form = Form(data, Errors())
        account = account_of(self._store, form.data.get("token"))
        session = self._sessions.get(str(form.data.get("session_id")))
        seq = form.integer("seq", least=0)
        missed = None
        if session is not None and session.account.id == account.id and seq is not None:
            missed = session.missed_since(seq)
        if session is None or missed is None:
            connection.send_op(Op.INVALID_SESSION, data=False)
            return
        if isinstance(session.outlet, Connection):
            session.outlet.session = None
            session.outlet.end(Close.UNKNOWN_ERROR)
        connection.session, session.outlet = session, connection
        for text in missed:
            connection.send(text)
        self._tell(session, "RESUMED", {"_trace": ["wisp-sim"]})

    def _let_go(self, connection: Connection) -> None:
        session = connection.session
        if session is None or session.outlet is not connection:
            return
        session.outlet = None
        if connection.ended_for_good:
            self._sessions.pop(session.id, None)
        else:
            self._store.clock.call_later(RESUMABLE_S, lambda: self._expire(session))

    def _expire(self, session: Session) -> None:
        if session.outlet is None:
            self._sessions.pop(session.id, None)

    def _tell(self, session: Session, name: str, data: Payload) -> None:
        self._sent += 1
        session.dispatch(name, _json(data))

    def _publish(self, event: Event) -> None:
        full: str | None = None
        redacted: str | None = None
        for session in self._sessions.values():
            if not session.wants(event):
                continue
            self._sent += 1
            if event.redacted is None or session.sees_all_of(event):
                full = full if full is not None else _json(event.data)
                session.dispatch(event.name, full)
            else:
                redacted = redacted if redacted is not None else _json(event.redacted)
                session.dispatch(event.name, redacted)

    def traffic(self) -> tuple[int, int, int]:
        """Counts of dispatches, of frames that came in besides heartbeats, and of connections."""
        return self._sent, self._received, len(self._connections)

    async def confirm(self) -> None:
        """Return when every client that can be asked has read all that was sent so far."""
        asked = [connection.confirm() for connection in self._connections]
        if asked:
            await asyncio.gather(*asked)

    def connections_of(self, account_id: int) -> list[Connection]:
        """The open connections with a session of this account."""
        return [
            connection
            for connection in self._connections
            if connection.session is not None and connection.session.account.id == account_id
        ]

    def push(self, account_id: int, payload: Payload | str | bytes) -> None:
        """Send a frame to each open session of this account; an object without ``s`` gets the next.

        Raises:
            SimError: the account has no open session.
        """
        connections = self.connections_of(account_id)
        if not connections:
            name = self._store.users[account_id].name
            raise SimError(f"{name!r} is not connected to the gateway; let it log in first")
        for connection in connections:
            if isinstance(payload, dict):
                connection.send(_json(_numbered(payload, connection.session)))
            else:
                connection.send_raw(payload)

    async def close(self) -> None:
        """End all connections."""
        for connection in list(self._connections):
            connection.end(None)
        if self._connections:
            self._empty.clear()
            await self._empty.wait()


def _numbered(payload: Payload, session: Session | None) -> Payload:
    """A pushed dispatch with the session's next number, unless it brings its own."""
    if session is None or "s" in payload or payload.get("op", 0) != 0:
        return payload
    session.seq += 1
    return {"op": 0, **payload, "s": session.seq}


async def _drained(connection: Connection) -> bool:
    """Read on while a refused client is still there, so that it gets the close code."""
    try:
        return await connection.next_frame() is not None
    except RefusedError:
        return True


def _json(data: Payload) -> str:
    return json.dumps(data, separators=(",", ":"))
