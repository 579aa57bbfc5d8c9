"""Fills a store with a described world."""

from wisp_sim.model.account import Application, User
from wisp_sim.model.errors import WorldError
from wisp_sim.model.guild import Channel, Guild, Overwrite, Role
from wisp_sim.model.kinds import NO_INTENT, PRIVILEGED_INTENTS, Intent
from wisp_sim.model.permission import BOT_DEFAULT, EVERYONE_DEFAULT, permissions_of
from wisp_sim.model.token import make_token
from wisp_sim.state.members import join
from wisp_sim.state.store import Store
from wisp_sim.world import World, WorldBot, WorldChannel, WorldGuild, WorldUser

EVERYONE = "@everyone"
_ORDINARY_INTENTS = ~sum(PRIVILEGED_INTENTS.values(), NO_INTENT)


def seed(store: Store, world: World) -> dict[str, int]:
    """Let everything in this world exist.

    Returns:
        The ids of bots, users and guilds; a guild's name stands as ``guild:NAME``.

    Raises:
        WorldError: it has a bot but nobody who could own it.
    """
    _reserve(store, world)
    ids: dict[str, int] = {}
    for person in world.users:
        ids[person.name] = _add_account(store, person, bot=False).id
    for bot in world.bots:
        ids[bot.name] = _add_bot(store, bot, ids[world.users[0].name] if world.users else None)
    for guild in world.guilds:
        ids[f"guild:{guild.name}"] = _add_guild(store, guild, ids)
    return ids


def _reserve(store: Store, world: World) -> None:
    given = [user.id for user in world.users] + [bot.id for bot in world.bots]
    given += [guild.id for guild in world.guilds]
    given += [channel.id for guild in world.guilds for channel in guild.channels]
    given += [role.id for guild in world.guilds for role in guild.roles]
    for snowflake in given:
        if snowflake is not None:
            store.ids.reserve(snowflake)


def _add_account(store: Store, account: WorldUser | WorldBot, *, bot: bool) -> User:
    account_id = account.id or store.ids.make()
    user = User(account_id, account.name, account.token or make_token(account_id), bot)
    store.add_user(user)
    return user


def _add_bot(store: Store, bot: WorldBot, owner_id: int | None) -> int:
    if owner_id is None:
        raise WorldError("users", f"nobody owns the bot {bot.name!r}; add a user")
    user = _add_account(store, bot, bot=True)
    approved = Intent(_ORDINARY_INTENTS)
    for name in bot.privileged_intents:
        approved |= PRIVILEGED_INTENTS[name]
    granted = BOT_DEFAULT if bot.permissions is None else permissions_of(bot.permissions)
    store.applications[user.id] = Application(user.id, bot.name, owner_id, approved, int(granted))
    return user.id


def _add_guild(store: Store, described: WorldGuild, ids: dict[str, int]) -> int:
    guild_id = described.id or store.ids.make()
    guild = Guild(guild_id, described.name, ids[described.owner])
    guild.roles[guild_id] = Role(guild_id, EVERYONE, EVERYONE_DEFAULT)
    store.guilds[guild_id] = guild
    role_ids = {EVERYONE: guild_id}
    for role in described.roles:
        if role.name == EVERYONE:
            guild.everyone.permissions = permissions_of(role.permissions)
            continue
        role_id = role.id or store.ids.make()
        role_ids[role.name] = role_id
        guild.roles[role_id] = Role(role_id, role.name, permissions_of(role.permissions), len(guild.roles))
    for name in dict.fromkeys((described.owner, *described.members)):
        join(store, guild, ids[name])
    for role in described.roles:
        for name in role.members:
            guild.members[ids[name]].role_ids.append(role_ids[role.name])
    _add_channels(store, guild, described.channels, ids, role_ids)
    return guild_id


def _add_channels(
    store: Store,
    guild: Guild,
    described: tuple[WorldChannel, ...],
    ids: dict[str, int],
    role_ids: dict[str, int],
) -> None:
    categories: dict[str, int] = {}
    for position, entry in enumerate(described):
        channel = Channel(
            entry.id or store.ids.make(),
            entry.type,
            entry.name,
            guild.id,
            position,
            entry.topic,
            entry.nsfw,
            None if entry.category is None else categories[entry.category],
        )
        for overwrite in entry.overwrites:
            target = ids[overwrite.member] if overwrite.member else role_ids[overwrite.role or EVERYONE]
            allow, deny = permissions_of(overwrite.allow), permissions_of(overwrite.deny)
            channel.overwrites[target] = Overwrite(target, overwrite.member is not None, allow, deny)
        store.add_channel(channel)
        categories[entry.name] = channel.id
