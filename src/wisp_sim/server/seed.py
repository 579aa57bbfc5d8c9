"""Fills a store with a described world."""

from collections.abc import Iterator

from wisp_sim.model.account import Application, User
from wisp_sim.model.errors import WorldError
from wisp_sim.model.guild import Channel, Guild, Overwrite, Role
from wisp_sim.model.kinds import NO_INTENT, PRIVILEGED_INTENTS, Intent
from wisp_sim.model.permission import BOT_DEFAULT, EVERYONE_DEFAULT, permissions_of
from wisp_sim.model.token import make_token
from wisp_sim.state.installs import install
from wisp_sim.state.members import join, member_changed
from wisp_sim.state.store import Store
from wisp_sim.world import World, WorldBot, WorldChannel, WorldGuild, WorldUser

EVERYONE = "@everyone"
_ORDINARY_INTENTS = ~sum(PRIVILEGED_INTENTS.values(), NO_INTENT)


def seed(store: Store, world: World) -> None:
    """Let everything in this world exist, beside what is there; who is connected hears of it.

    Raises:
        WorldError: it has a bot but nobody who could own it, or an id or a token that is taken.
    """
    _refuse_taken(store, world)
    _reserve(store, world)
    ids = {user.name: user.id for user in store.users.values()}
    for person in world.users:
        ids[person.name] = _add_account(store, person, bot=False).id
    for bot in world.bots:
        ids[bot.name] = _add_bot(store, bot)
    for person in world.users:
        store.users[ids[person.name]].locale = person.locale
        for bot_name in person.installs:
            install(store, ids[person.name], ids[bot_name])
    for guild in world.guilds:
        _add_guild(store, guild, ids)


def _refuse_taken(store: Store, world: World) -> None:
    people = [*world.users, *(user for user in store.users.values() if not user.bot)]
    if world.bots and not people:
        raise WorldError("users", f"nobody owns the bot {world.bots[0].name!r}; add a user")
    accounts: tuple[WorldUser | WorldBot, ...] = (*world.users, *world.bots)
    for account in accounts:
        if account.token in store.tokens:
            raise WorldError("", f"the token of {account.name!r} is somebody's already; choose another")
    taken = store.users.keys() | store.guilds.keys() | store.channels.keys()
    for name, given in _given(world):
        if given in taken:
            raise WorldError("", f"the id {given} of {name!r} is taken; choose another, or leave it out")


def _given(world: World) -> Iterator[tuple[str, int | None]]:
    yield from ((user.name, user.id) for user in world.users)
    yield from ((bot.name, bot.id) for bot in world.bots)
    for guild in world.guilds:
        yield guild.name, guild.id
        yield from ((channel.name, channel.id) for channel in guild.channels)
        yield from ((role.name, role.id) for role in guild.roles)


def _reserve(store: Store, world: World) -> None:
    for _, given in _given(world):
        if given is not None:
            store.ids.reserve(given)


def _add_account(store: Store, account: WorldUser | WorldBot, *, bot: bool) -> User:
    account_id = account.id or store.ids.make()
    user = User(account_id, account.name, account.token or make_token(account_id), bot)
    store.add_user(user)
    return user


def _add_bot(store: Store, bot: WorldBot) -> int:
    owner_id = next(user.id for user in store.users.values() if not user.bot)
    user = _add_account(store, bot, bot=True)
    approved = Intent(_ORDINARY_INTENTS)
    for name in bot.privileged_intents:
        approved |= PRIVILEGED_INTENTS[name]
    granted = BOT_DEFAULT if bot.permissions is None else permissions_of(bot.permissions)
    store.applications[user.id] = Application(
        user.id,
        bot.name,
        owner_id,
        approved,
        int(granted),
        max_concurrency=bot.max_concurrency,
        session_starts=bot.session_starts,
    )
    return user.id


def _add_guild(store: Store, described: WorldGuild, ids: dict[str, int]) -> None:
    guild_id = described.id or store.ids.make()
    guild = Guild(guild_id, described.name, ids[described.owner])
    guild.roles[guild_id] = Role(guild_id, EVERYONE, EVERYONE_DEFAULT)
    store.guilds[guild_id] = guild
    role_ids = {EVERYONE: guild_id}
    for role in described.roles:
        if role.name == EVERYONE:
            if role.permissions is not None:
                guild.everyone.permissions = permissions_of(role.permissions)
            continue
        role_id = role.id or store.ids.make()
        role_ids[role.name] = role_id
        guild.roles[role_id] = Role(
            role_id,
            role.name,
            permissions_of(role.permissions or ()),
            len(guild.roles),
            color=role.color,
            hoist=role.hoist,
            mentionable=role.mentionable,
        )
    _add_channels(store, guild, described.channels, ids, role_ids)
    # Bots last: what they are told of the guild when they come is all of it.
    names = dict.fromkeys((described.owner, *described.members))
    for name in sorted(names, key=lambda name: ids[name] in store.applications):
        join(store, guild, ids[name])
        roles = [role_ids[role.name] for role in described.roles if name in role.members]
        if roles:
            guild.members[ids[name]].role_ids += roles
            member_changed(store, guild.members[ids[name]])


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
            slowmode_s=entry.slowmode_s,
        )
        for overwrite in entry.overwrites:
            target = ids[overwrite.member] if overwrite.member else role_ids[overwrite.role or EVERYONE]
            allow, deny = permissions_of(overwrite.allow), permissions_of(overwrite.deny)
            channel.overwrites[target] = Overwrite(target, overwrite.member is not None, allow, deny)
        store.add_channel(channel)
        categories[entry.name] = channel.id
