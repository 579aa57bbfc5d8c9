"""Where a person stands: the guild and channel in which their next action happens."""

from wisp_sim.people.errors import NotThereError, UnusableError
from wisp_sim.people.memory import GuildView, Memory


class Place:
    """The current guild and channel of one person; the first ones that they see until they turn elsewhere."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._guild_id = ""
        self._channel_id = ""
        self._dm_id = ""
        self._wanted: list[tuple[str | None, str | None]] = []

    def arrive(self) -> None:
        """Go where this person wanted to be before they saw anything."""
        wanted, self._wanted = self._wanted, []
        for guild, channel in wanted:
            self.turn(guild, channel)

    @property
    def guild_id(self) -> str:
        """The guild's id; empty when the person is in none, or in direct messages."""
        if self._dm_id:
            return ""
        if self._guild_id in self._memory.guilds:
            return self._guild_id
        return next(iter(self._memory.guilds), "")

    @property
    def guild(self) -> GuildView | None:
        """The guild, if there is one."""
        return self._memory.guilds.get(self.guild_id)

    @property
    def channel_id(self) -> str:
        """The channel's id; empty when there is none."""
        if self._dm_id:
            return self._dm_id
        view = self.guild
        if view is None:
            return ""
        return (
            self._channel_id
            if self._channel_id in view.channels.by_id
            else next(iter(view.text_channels), "")
        )

    def here(self) -> str:
        """The channel's id.

        Raises:
            UnusableError: the person is in no channel.
        """
        channel_id = self.channel_id
        if not channel_id:
            name = self._memory.user_name
            raise UnusableError(f"{name} is in no channel: they are a member of no guild with one.")
        return channel_id

    def described(self) -> str:
        """For a message: the guild."""
        return f"in {self.guild.name}" if self.guild else "here"

    def turn(self, guild: str | None, channel: str | None) -> None:
        """Go to another guild, another channel, or both.

        Raises:
            NotThereError: the person sees no such guild or channel.
        """
        if not self._memory.ready:
            self._wanted.append((guild, channel))
            return
        self._dm_id = ""
        if guild is not None:
            seen = self._memory.guilds
            chosen = next((key for key, view in seen.items() if guild in {key, view.name}), None)
            if chosen is None:
                names = [view.name for view in seen.values()]
                raise NotThereError("guild", guild, names, where=f"for {self._memory.user_name}")
            self._guild_id, self._channel_id = chosen, ""
        if channel is not None:
            view = self.guild
            found = view.channels.find(channel.removeprefix("#")) if view else None
            if found is None:
                raise NotThereError(
                    "channel", channel, view.channels.names() if view else [], where=self.described()
                )
            self._channel_id = found

    def turn_to_dm(self, channel_id: str) -> None:
        """Go to direct messages; `turn` leads back."""
        self._dm_id = channel_id
