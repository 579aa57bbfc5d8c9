"""What the page's backstage shows and changes: a running bot and the offline Discord that it runs on."""

from collections.abc import Callable
from datetime import datetime, timedelta

from wisp_framework.app import WispApp
from wisp_framework.exceptions import DependentSwitchError
from wisp_framework.playground.faults import KINDS, Breakage
from wisp_framework.playground.feed import Feed, shown
from wisp_framework.registry import ModuleStatus
from wisp_framework.services import HealthService
from wisp_framework.services.decisions import DecisionQuery, DecisionService
from wisp_framework.utils.json_value import JsonValue
from wisp_sim import Sim

MOST_DECISIONS = 50
MOST_REFERENCES = 1_000
ASK_HEALTH_EVERY = timedelta(seconds=3)


class Stage:
    """One bot on one offline Discord, until either is started anew.

    Args:
        app: the bot; it must be ready.
        sim: what it runs on.
        bot: its name there.
        feed: is told of all that happens.
    """

    def __init__(self, app: WispApp, sim: Sim, bot: str, feed: Feed) -> None:
        self.sim = sim
        self._app = app
        self._bot = bot
        self._feed = feed
        self._breakage = Breakage(sim, bot, app.services)
        self._told: list[JsonValue] = []
        self._told_at: datetime | None = None
        decisions = app.services.get(DecisionService)
        self._ends: list[Callable[[], None]] = [sim.look_on(feed), decisions.listen(feed.decided)]

    def close(self) -> None:
        """Mend what was broken, and look on no more."""
        self._breakage.mend_all()
        for end in self._ends:
            end()

    def people(self) -> dict[str, JsonValue]:
        """Who there is to be, with the tokens that the offline Discord made up for them, and the bot."""
        people: list[JsonValue] = [
            {"id": str(user.id), "name": user.name, "token": user.token} for user in self.sim.users()
        ]
        bot: JsonValue = {"id": str(self.sim.bot(self._bot).id), "name": self._bot}
        return {"people": people, "bot": bot, "files": self.sim.api_url.partition("/api/")[0]}

    def world(self) -> dict[str, object]:
        """Who and what there is now, with ids and tokens."""
        return self.sim.describe()

    async def state(self) -> dict[str, JsonValue]:
        """What may change at any time: switches, health, time, faults."""
        guilds: dict[str, JsonValue] = {
            str(guild.id): [_switch(status) for status in self._app.modules.statuses(guild.id)]
            for guild in self._app.bot.guilds
        }
        return {
            "switches": guilds,
            "health": await self._health(),
            "clock": {
                "moves": self.sim.clock_moves,
                "ahead_s": round(self.sim.clock_moved_s),
            },
            "faults": [
                {
                    "name": name,
                    "label": kind.label,
                    "explanation": kind.explanation,
                    "on": name in self._breakage.active,
                }
                for name, kind in KINDS.items()
            ],
        }

    async def _health(self) -> list[JsonValue]:
        """As it was told a moment ago: the answer reaches the database and is asked for again and again."""
        now = self.sim.clock.now()
        if self._told_at is None or abs(now - self._told_at) >= ASK_HEALTH_EVERY:
            self._told_at = now
            found = await self._app.services.get(HealthService).get_all()
            self._told = [
                {"name": name, "state": one.state.value, "detail": one.detail} for name, one in found.items()
            ]
        return self._told

    async def switch(
        self, guild_id: int, module: str, *, on: bool, with_others: bool
    ) -> dict[str, JsonValue]:
        """Switch a module as the guild's owner would; names those that have to go along, unless they may.

        Raises:
            SwitchError: it cannot be switched so.
            DatabaseError: it was not stored.
        """
        guild = self._app.bot.get_guild(guild_id)
        owner_id = guild.owner_id if guild is not None else None
        try:
            await self._app.modules.switch(
                guild_id, module, enabled=on, actor_id=owner_id or 0, with_others=with_others
            )
        except DependentSwitchError as error:
            return {"others": list(error.others), "sentence": error.user_message}
        return {"others": []}

    async def decisions(self, guild_id: int | None) -> list[JsonValue]:
        """The newest records, each with what was logged for it."""
        query = DecisionQuery(guild_id=guild_id, limit=MOST_DECISIONS)
        found = await self._app.services.get(DecisionService).recent(query)
        return [dict(shown(decision)) for decision in found]

    async def references(self) -> set[str]:
        """Of what was done of late, as far as it is kept."""
        query = DecisionQuery(limit=MOST_REFERENCES)
        return {one.reference for one in await self._app.services.get(DecisionService).recent(query)}

    def lines(self, reference: str) -> list[dict[str, object]]:
        """What was logged for one invocation."""
        return self._feed.lines_of(reference)

    async def advance(self, seconds: float) -> None:
        """Move the time of Discord and of the bot.

        Raises:
            SimError: this clock cannot be moved.
        """
        await self.sim.advance(seconds=seconds)

    def set_fault(self, name: str, *, on: bool) -> None:
        """Break something, or mend it.

        Raises:
            KeyError: there is no such kind.
            SimError: the bot is not connected.
            UnknownServiceError: the bot has no database.
        """
        self._told_at = None
        if on:
            self._breakage.break_(name)
        else:
            self._breakage.mend(name)

    async def invite(self, user: str, guild: str) -> None:
        """Let somebody of this world come into a guild.

        Raises:
            SimError: there is no such user or guild.
        """
        await self.sim.join(user, guild)


def _switch(status: ModuleStatus) -> dict[str, JsonValue]:
    return {
        "name": status.name,
        "description": status.description,
        "on": status.enabled,
        "can_disable": status.can_disable,
        "problem": status.problem,
    }
