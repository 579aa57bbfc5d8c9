"""The offline Discord as one object."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from aiohttp import web

from wisp_sim.clock import Clock, SimClock
from wisp_sim.control import Control
from wisp_sim.faults import Faults
from wisp_sim.gateway.gateway import Gateway
from wisp_sim.model.errors import SimError
from wisp_sim.model.payload import Payload
from wisp_sim.model.sighting import Onlooker
from wisp_sim.model.snowflake import Snowflakes
from wisp_sim.people import Person
from wisp_sim.rest.app import RestApp
from wisp_sim.rest.body import MAX_BODY_BYTES
from wisp_sim.rest.files import file_routes
from wisp_sim.server.crowd import Crowd
from wisp_sim.server.describe import described_world
from wisp_sim.server.handles import AccountHandle, GuildHandle, handle_of
from wisp_sim.server.listening import listen
from wisp_sim.server.seed import seed
from wisp_sim.server.settling import MovableClock, Settling, pass_until
from wisp_sim.server.snapshot_file import load_file, save_file
from wisp_sim.server.wires import ServerWires
from wisp_sim.state.installs import install, uninstall
from wisp_sim.state.members import join, leave
from wisp_sim.state.outage import guild_available, guild_unavailable
from wisp_sim.state.store import Store
from wisp_sim.state.timers import plan_again
from wisp_sim.world import World


class Sim:
    """An offline Discord on this machine.

    Args:
        world: who and what there is at the start; `World.demo` unless given.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        clock: decides about ids, the 3 seconds and the life of tokens.
        control_port: where the control API listens, on this machine alone; 0 takes a free port, and
            None leaves it out.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        control_port: int | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._clock = clock if clock is not None else SimClock()
        self._store = Store(self._clock, Snowflakes(self._clock.now))
        seed(self._store, world if world is not None else World.demo())
        self._faults = Faults(self._clock.monotonic)
        self._gateway = Gateway(self._store, self._faults)
        self._rest = RestApp(self._store, self._faults)
        self._wires = ServerWires(self._gateway, self._rest)
        self._settling = Settling(self._wires)
        self._crowd = Crowd(self)
        self._control = None if control_port is None else Control(self, control_port)
        self._runner: web.AppRunner | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        control_port: int | None = None,
    ) -> Self:
        """An offline Discord as `save` kept it: the same people, guilds, messages, ids and tokens.

        Raises:
            SnapshotError: the file cannot be read or is no snapshot.
        """
        sim = cls(World(), host=host, port=port, clock=clock, control_port=control_port)
        load_file(sim._store, Path(path))
        return sim

    def save(self, path: Path | str) -> None:
        """Keep everything that exists in a file; a reader never sees half of it.

        Sessions of the gateway are not kept: clients identify anew.

        Raises:
            SnapshotError: the file cannot be written.
        """
        save_file(self._store, Path(path))

    async def start(self) -> None:
        """Listen; returns when clients can connect.

        Raises:
            SimError: the address cannot be had.
        """
        if self._runner is not None:
            raise SimError("this offline Discord runs already; make another Sim for a second one")
        runner = await listen(self._web_app(), self._host, self._port)
        self._runner = self._wires.runner = runner
        self._settling.watch()
        self._port = int(runner.addresses[0][1])
        self._store.base_url = f"http://{self._host}:{self._port}"
        self._gateway.url = self._rest.gateway_url = self.gateway_url
        plan_again(self._store)
        if self._control is not None:
            await self._start_control(self._control)

    async def _start_control(self, control: Control) -> None:
        try:
            await control.start()
        except SimError:
            await self.close()
            raise

    def _web_app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/", self._gateway.serve)
        app.router.add_routes(file_routes(self._store))
        app.router.add_route("*", "/api/{tail:.*}", self._wires.serve)
        return app

    async def close(self) -> None:
        """Let all clients go and stop listening; harmless when it does not run."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        if self._control is not None:
            await self._control.close()
        await self._crowd.close()
        for timer in self._store.timers.values():
            timer.cancel()
        self._rest.release()
        await self._gateway.close()
        await runner.cleanup()
        self._settling.unwatch()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @property
    def clock(self) -> Clock:
        """The clock that this Discord lives by."""
        return self._clock

    @property
    def faults(self) -> Faults:
        """What goes wrong: switch it on here."""
        return self._faults

    @property
    def api_url(self) -> str:
        """Where its REST interface is, version included."""
        return f"http://{self._host}:{self._port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Where its gateway is."""
        return f"ws://{self._host}:{self._port}/"

    @property
    def control_url(self) -> str:
        """Where its control API is.

        Raises:
            SimError: it has none.
        """
        if self._control is None:
            raise SimError("there is no control API; make Sim(control_port=0)")
        return self._control.url

    @property
    def clock_moves(self) -> bool:
        """The clock is one that tests move."""
        return isinstance(self._clock, MovableClock)

    @property
    def clock_moved_s(self) -> float:
        """By how many seconds the clock was moved so far."""
        return self._clock.moved_s if isinstance(self._clock, MovableClock) else 0.0

    def bot(self, name: str) -> AccountHandle:
        """The bot with this name.

        Raises:
            SimError: there is none.
        """
        return self._account(name, bot=True)

    def bot_names(self) -> list[str]:
        """The bots of this world, in the order in which they came."""
        return [user.name for user in self._store.users.values() if user.bot]

    def users(self) -> list[AccountHandle]:
        """The people of this world, in the order in which they came."""
        return [
            AccountHandle(user.name, user.id, user.token)
            for user in self._store.users.values()
            if not user.bot
        ]

    def user(self, name: str) -> AccountHandle:
        """The person with this name.

        Raises:
            SimError: there is none.
        """
        return self._account(name, bot=False)

    def _account(self, name: str, *, bot: bool) -> AccountHandle:
        known = {user.name: user for user in self._store.users.values() if user.bot is bot}
        user = known.get(name)
        if user is None:
            what = "bot" if bot else "user"
            raise SimError(f"there is no {what} {name!r}; there are: {', '.join(known) or 'none'}")
        return AccountHandle(user.name, user.id, user.token)

    def guild(self, name: str) -> GuildHandle:
        """The guild with this name; the older one if two have it.

        Raises:
            SimError: there is none.
        """
        for guild in self._store.guilds.values():
            if guild.name == name:
                return handle_of(guild)
        known = ", ".join(guild.name for guild in self._store.guilds.values()) or "none"
        raise SimError(f"there is no guild {name!r}; there are: {known}")

    def describe(self) -> dict[str, object]:
        """Where to connect, and the ids and tokens of all: a world description, too."""
        return {"api": self.api_url, "gateway": self.gateway_url, **described_world(self._store)}

    def add(self, data: Mapping[str, object]) -> None:
        """Let more exist; who is connected hears of it. Guilds may name who is there already.

        Args:
            data: what `World.from_mapping` reads.

        Raises:
            WorldError: something is wrong; nothing was added.
        """
        bots = [self._store.users[application_id].name for application_id in self._store.applications]
        users = [user.name for user in self._store.users.values() if not user.bot]
        seed(self._store, World.from_mapping(data, bots=bots, users=users))

    async def join(self, user: str, guild: str) -> None:
        """Let a user or a bot become a member, and everyone know.

        Raises:
            SimError: there is no such user, bot or guild.
        """
        join(self._store, self._store.guilds[self.guild(guild).id], self._anyone(user).id)

    async def leave(self, user: str, guild: str) -> None:
        """Let a member be none any more, and everyone know.

        Raises:
            SimError: there is no such user, bot or guild, or the user owns it.
        """
        found, account = self._store.guilds[self.guild(guild).id], self._anyone(user)
        if found.owner_id == account.id:
            raise SimError(f"{user!r} owns {guild!r} and cannot leave it; let somebody else leave")
        leave(self._store, found, account.id)

    def install(self, user: str, bot: str) -> None:
        """Let a user have a bot's application, and with it those of its commands that users may install.

        Raises:
            SimError: there is no such user or bot.
        """
        install(self._store, self.user(user).id, self.bot(bot).id)

    def uninstall(self, user: str, bot: str) -> None:
        """Let a user have a bot's application no more.

        Raises:
            SimError: there is no such user or bot.
        """
        uninstall(self._store, self.user(user).id, self.bot(bot).id)

    def _anyone(self, name: str) -> AccountHandle:
        bots = {user.name for user in self._store.users.values() if user.bot}
        return self.bot(name) if name in bots else self.user(name)

    def reconnect(self, bot: str) -> None:
        """Tell a bot to connect anew and resume (op 7).

        Raises:
            SimError: there is no such bot, or it is not connected.
        """
        self._gateway.reconnect(self.bot(bot).id)

    def invalidate(self, bot: str, *, resumable: bool = False) -> None:
        """Tell a bot that its session is invalid (op 9); unless it is resumable it is gone.

        Raises:
            SimError: there is no such bot, or it is not connected.
        """
        self._gateway.invalidate(self.bot(bot).id, resumable=resumable)

    def disconnect(self, bot: str, close_code: int | None = None) -> None:
        """End a bot's connections with a close code; without one they break, and the bot sees 1006.

        Raises:
            SimError: there is no such bot, or it is not connected.
        """
        self._gateway.disconnect(self.bot(bot).id, close_code)

    def outage(self, guild: str) -> None:
        """Let a guild be unavailable: it is not gone, but nothing comes from it until `restore`.

        Raises:
            SimError: there is no such guild.
        """
        guild_unavailable(self._store, self._store.guilds[self.guild(guild).id])

    def restore(self, guild: str) -> None:
        """Let a guild be available again; it arrives whole.

        Raises:
            SimError: there is no such guild.
        """
        guild_available(self._store, self._store.guilds[self.guild(guild).id])

    def push_raw(self, bot: str, payload: Payload | str | bytes) -> None:
        """Send a frame, right or wrong, to each open gateway session of a bot.

        Args:
            bot: its name.
            payload: a dispatch as an object, which gets the next ``s`` unless it has one; text, which
                travels as any frame does; or bytes, which are sent as they are.

        Raises:
            SimError: there is no such bot, or it is not connected.
        """
        self._gateway.push(self.bot(bot).id, payload)

    async def settle(self) -> None:
        """Return when everyone has read what was sent, and nothing more comes of it.

        Clients in this event loop are done when the loop has nothing left to do, no thread works for it
        and no request is open; nothing is asked of them. Clients elsewhere are asked for a heartbeat, which
        they answer after having read all before, until rounds pass in which nothing was sent or asked.
        What waits for a timer, for another process, or for a thread of its own is not waited for.
        """
        await self._settling.settle()

    async def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move the time, from timer to timer in their order; all is at rest at each, and at the end.

        With the clock of the pytest plugin the bot's time moves, too; with a `ManualClock` only Discord's.

        Raises:
            SimError: this offline Discord lives by a clock that cannot be moved.
        """
        delay_s = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        await pass_until(self._movable(), self._settling, self._wires, delay_s, lambda: False)

    async def pass_until(self, done: Callable[[], bool], limit_s: float) -> None:
        """Move the time from timer to timer until ``done``, at most ``limit_s`` seconds.

        Raises:
            SimError: this offline Discord lives by a clock that cannot be moved.
        """
        await pass_until(self._movable(), self._settling, self._wires, limit_s, done)

    def _movable(self) -> MovableClock:
        if isinstance(self._clock, MovableClock):
            return self._clock
        raise SimError("this clock goes by itself; give Sim a ManualClock, or use pytest's fixture `sim`")

    def person(self, name: str, *, guild: str | None = None, channel: str | None = None) -> Person:
        """Somebody of this world, in that guild and channel; they log in with their first action.

        The same object each time, and logged out when the offline Discord closes.

        Raises:
            SimError: there is no such user.
        """
        return self._crowd.person(self.user(name), guild, channel)

    def look_on(self, onlooker: Onlooker) -> Callable[[], None]:
        """Let somebody hear of each request and each frame as it passes; returns what ends it."""
        return self._store.onlookers.add(onlooker)

    @property
    def dialogue(self) -> list[str]:
        """What people did and saw so far, a line each."""
        return self._crowd.dialogue

    @property
    def unserved(self) -> list[str]:
        """What was asked for that the offline Discord does not serve, as method and path."""
        return self._wires.unserved
