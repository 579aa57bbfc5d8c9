"""What the builder of an offline Discord holds of its world: ids, tokens and names."""

from dataclasses import dataclass

from wisp_sim.model.errors import SimError
from wisp_sim.model.guild import Guild


@dataclass(frozen=True, slots=True)
class AccountHandle:
    """A bot or a user: its id and the token that it logs in with."""

    name: str
    id: int
    token: str


@dataclass(frozen=True, slots=True)
class ChannelHandle:
    """A channel of a guild."""

    name: str
    id: int


@dataclass(frozen=True, slots=True)
class GuildHandle:
    """A guild and its channels."""

    name: str
    id: int
    channels: tuple[ChannelHandle, ...]

    def channel(self, name: str) -> ChannelHandle:
        """The channel with this name.

        Raises:
            SimError: there is none.
        """
        for channel in self.channels:
            if channel.name == name:
                return channel
        names = ", ".join(channel.name for channel in self.channels)
        raise SimError(f"{self.name!r} has no channel {name!r}; it has: {names}")


def handle_of(guild: Guild) -> GuildHandle:
    """The guild with the channels that it has now."""
    channels = [ChannelHandle(channel.name or "", channel.id) for channel in guild.channels.values()]
    return GuildHandle(guild.name, guild.id, tuple(channels))
