"""All connections and sessions, and what the clients ask of them."""

import asyncio
import json

from aiohttp import web

from wisp_sim.faults import Faults
from wisp_sim.gateway.chunks import member_chunks
from wisp_sim.gateway.codes import Close, Op
from wisp_sim.gateway.compress import compressor_for
from wisp_sim.gateway.connection import Connection
from wisp_sim.gateway.identify import RefusedError, account_of, open_session
from wisp_sim.gateway.limits import Starts
from wisp_sim.gateway.ready import (
    bot_guild,
    bot_ready,
    guild_ids,
    user_ready,
    user_ready_supplemental,
)
from wisp_sim.gateway.requests import change_voice, presence_of
from wisp_sim.gateway.session import RESUMABLE_S, Session
from wisp_sim.gateway.spoil import SpoiledFrames
from wisp_sim.model.errors import SimError
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.presence import OFFLINE, Presence
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.bus import Event
from wisp_sim.state.presence import show
from wisp_sim.state.store import Store

HEARTBEAT_INTERVAL_MS = 41250
# Source: https://docs.discord.com/developers/events/gateway#sharding
MAX_GUILDS_PER_SHARD = 2500
_MAX_FRAME_BYTES = 1 << 20
# How long a client that is told to go may take to say that it goes.
_CLOSE_LIMIT_S = 1.0
# Asked by clients, and of no consequence here.
_IGNORED = (Op.LAZY_GUILD, Op.LAZY_GUILD_BULK, Op.REQUEST_SOUNDBOARD_SOUNDS)
_VERSIONS = ("9", "10")


class Gateway:
    """Speaks with every client that connects.

    Args:
        store: what there is to tell.
        faults: what goes wrong.
        heartbeat_interval_ms: how often clients are told to beat.
        max_guilds_per_shard: a bot with more in one shard is refused with 4011.
    """

    def __init__(
        self,
        store: Store,
        faults: Faults,
        heartbeat_interval_ms: int = HEARTBEAT_INTERVAL_MS,
        max_guilds_per_shard: int = MAX_GUILDS_PER_SHARD,
    ) -> None:
        self.url = ""
        self._heartbeat_interval_ms = heartbeat_interval_ms
        self._max_guilds_per_shard = max_guilds_per_shard
        self._starts = Starts(store.clock)
        self._closing = False
        self._store = store
        self._faults = faults
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
        clock, interval_ms = self._store.clock, self._heartbeat_interval_ms
        spoiled = SpoiledFrames(self._faults, clock)
        connection = Connection(
            socket,
            request.transport,
            compressor,
            clock,
            interval_ms / 1000,
            spoiled,
            self._store.onlookers,
        )
        self._connections.add(connection)
        connection.send_op(Op.HELLO, {"heartbeat_interval": interval_ms, "_trace": ["wisp-sim"]})
        try:
            _check_version(request)
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
            connection.beats.heard()
            connection.heard(read)
            return
        self._received += 1
        if connection.sends.exceeded():
            raise RefusedError(Close.RATE_LIMITED)
        if op == Op.IDENTIFY:
            self._identify(connection, data)
        elif op == Op.RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            raise RefusedError(Close.NOT_AUTHENTICATED)
        else:
            self._do(connection.session, op, data)

    def _do(self, session: Session, op: int, data: object) -> None:
        """What a client that was let in asks for."""
        if op == Op.REQUEST_GUILD_MEMBERS:
            for chunk in member_chunks(self._store, session, data):
                self._tell(session, "GUILD_MEMBERS_CHUNK", chunk)
        elif op == Op.PRESENCE_UPDATE:
            self._appear(session, presence_of(data, self._store.clock.now()))
        elif op == Op.VOICE_STATE_UPDATE:
            change_voice(self._store, session, data)
        elif op not in _IGNORED:
            raise RefusedError(Close.UNKNOWN_OPCODE)

    def _appear(self, session: Session, presence: Presence | None) -> None:
        session.presence = presence or session.presence
        show(self._store, session.account.id, session.presence)

    def _identify(self, connection: Connection, data: object) -> None:
        if connection.session is not None:
            raise RefusedError(Close.ALREADY_AUTHENTICATED)
        session = open_session(self._store, data)
        if session.account.bot and not self._may_start(session):
            connection.send_op(Op.INVALID_SESSION, data=False)
            return
        self._sessions[session.id] = session
        connection.session, session.outlet = session, connection
        self._welcome(session)
        asked = data.get("presence") if isinstance(data, dict) else None
        self._appear(session, None if asked is None else presence_of(asked, self._store.clock.now()))

    def _may_start(self, session: Session) -> bool:
        """Count the start of a bot's session; False if it came too soon after another.

        Raises:
            RefusedError: it has too many guilds for one shard, or no start left today: then its token is
                taken away, as Discord does.
        """
        if len(guild_ids(self._store, session)) > self._max_guilds_per_shard:
            raise RefusedError(Close.SHARDING_REQUIRED)
        application = self._store.applications[session.account.id]
        if self._starts.too_soon(application, session.shard[0]):
            return False
        if not self._starts.spend(application):
            self._store.renew_token(session.account)
            for connection in self.connections_of(session.account.id):
                connection.end(Close.AUTHENTICATION_FAILED)
            raise RefusedError(Close.AUTHENTICATION_FAILED)
        return True

    def _welcome(self, session: Session) -> None:
        if session.intents is None:
            self._tell(session, "READY", user_ready(self._store, session, self.url))
            self._tell(session, "READY_SUPPLEMENTAL", user_ready_supplemental(self._store, session))
            return
        self._tell(session, "READY", bot_ready(self._store, session, self.url))
        if session.intents & Intent.GUILDS:
            for guild_id in guild_ids(self._store, session):
                if not self._store.guilds[guild_id].unavailable:
                    self._tell(session, "GUILD_CREATE", bot_guild(self._store, session, guild_id))

    def _resume(self, connection: Connection, data: object) -> None:
        if connection.session is not None:
            raise RefusedError(Close.ALREADY_AUTHENTICATED)
        form = Form(data, Errors())
        account = account_of(self._store, form.data.get("token"))
        if self._faults.loses_resume(account.id):
            connection.cut()
            return
        session = self._sessions.get(str(form.data.get("session_id")))
        seq = form.integer("seq", least=0)
        missed = None
        if session is not None and session.account.id == account.id and seq is not None:
            if seq > session.seq:
                raise RefusedError(Close.INVALID_SEQ)
            missed = session.missed_since(seq)
        if session is None or missed is None:
            connection.send_op(Op.INVALID_SESSION, data=False)
            return
        if isinstance(session.outlet, Connection):
            session.outlet.session = None
            session.outlet.end(Close.UNKNOWN_ERROR)
        if session.expiry is not None:
            session.expiry.cancel()
        connection.session, session.outlet = session, connection
        for text in missed:
            connection.send(text)
        self._tell(session, "RESUMED", {"_trace": ["wisp-sim"]})
        self._appear(session, None)

    def _let_go(self, connection: Connection) -> None:
        session = connection.session
        if session is None or session.outlet is not connection:
            return
        session.outlet = None
        if not self._closing and not self.connections_of(session.account.id):
            show(self._store, session.account.id, OFFLINE)
        if connection.ended_for_good:
            self._sessions.pop(session.id, None)
        else:
            session.expiry = self._store.clock.call_later(RESUMABLE_S, lambda: self._expire(session))

    def _expire(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    def _tell(self, session: Session, name: str, data: Payload) -> None:
        self._sent += 1
        session.dispatch(name, _json(data))

    def _publish(self, event: Event) -> None:
        guild = self._store.guilds.get(event.guild_id or 0)
        away = guild is not None and guild.unavailable and event.name != "GUILD_DELETE"
        full: str | None = None
        redacted: str | None = None
        for session in self._sessions.values():
            if away or not session.wants(event):
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
        for connection in self._need_connections(account_id):
            if isinstance(payload, dict):
                connection.send(_json(_numbered(payload, connection.session)))
            else:
                connection.send_raw(payload)

    def reconnect(self, account_id: int) -> None:
        """Tell each client of this account to connect anew and resume (op 7)."""
        for connection in self._need_connections(account_id):
            connection.send_op(Op.RECONNECT)

    def invalidate(self, account_id: int, *, resumable: bool) -> None:
        """Tell each client of this account that its session is invalid (op 9), for good unless resumable."""
        for connection in self._need_connections(account_id):
            session = connection.session
            if not resumable and session is not None:
                self._sessions.pop(session.id, None)
            connection.send_op(Op.INVALID_SESSION, resumable)

    def disconnect(self, account_id: int, close: int | None) -> None:
        """End each connection of this account with a close code, or without a word for None."""
        for connection in self._need_connections(account_id):
            if close is None:
                connection.cut()
            else:
                connection.end(close)

    def _need_connections(self, account_id: int) -> list[Connection]:
        connections = self.connections_of(account_id)
        if not connections:
            name = self._store.users[account_id].name
            raise SimError(f"{name!r} is not connected to the gateway; let it log in first")
        return connections

    async def close(self) -> None:
        """End all connections."""
        self._closing = True
        for connection in list(self._connections):
            connection.end(None)
        if self._connections:
            self._empty.clear()
            await self._empty.wait()


def _check_version(request: web.Request) -> None:
    if request.query.get("v", _VERSIONS[-1]) not in _VERSIONS:
        raise RefusedError(Close.INVALID_API_VERSION)


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
