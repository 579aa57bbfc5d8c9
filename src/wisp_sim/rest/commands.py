"""Routes about application commands: the bot's, and the index that users see."""

from wisp_sim.model.command import Command
from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import Installation
from wisp_sim.model.payload import Payload
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rules.localizations import localized
from wisp_sim.state.account_views import user_view
from wisp_sim.state.availability import ways_to_use
from wisp_sim.state.command_views import command_view
from wisp_sim.state.commands import (
    delete_command,
    list_commands,
    need_command,
    patch_command,
    post_command,
    put_commands,
    visible_commands,
)


def _scope(call: Call) -> int | None:
    """The guild whose commands are meant; None for global ones."""
    if "guild_id" not in call.params:
        return None
    guild_id = call.id("guild_id")
    guild = call.store.guilds.get(guild_id)
    if guild is None or call.application.id not in guild.members:
        raise ApiError(403, 50001, "Missing Access")
    return guild_id


def _command(call: Call) -> Command:
    return need_command(call.store, call.application.id, _scope(call), call.id("command_id"))


def list_all(call: Call) -> Reply:
    """GET .../commands."""
    application, scope = call.application, _scope(call)
    complete = call.query.get("with_localizations", "").lower() in ("1", "true")
    views = [command_view(command) for command in list_commands(call.store, application.id, scope)]
    return Reply(views if complete else [localized(view, call.locale) for view in views])


def put_all(call: Call) -> Reply:
    """PUT .../commands."""
    application, scope = call.application, _scope(call)
    return Reply([command_view(c) for c in put_commands(call.store, application, scope, call.body)])


def post_one(call: Call) -> Reply:
    """POST .../commands; 201 for a new one, 200 for one that was there."""
    application, scope = call.application, _scope(call)
    command, new = post_command(call.store, application, scope, call.body)
    return Reply(command_view(command), 201 if new else 200)


def get_one(call: Call) -> Reply:
    """GET .../commands/{command_id}."""
    return Reply(command_view(_command(call)))


def patch_one(call: Call) -> Reply:
    """PATCH .../commands/{command_id}."""
    application = call.application
    return Reply(command_view(patch_command(call.store, application, _command(call), call.body)))


def delete_one(call: Call) -> Reply:
    """DELETE .../commands/{command_id}."""
    delete_command(call.store, _command(call))
    return NO_CONTENT


def guild_index(call: Call) -> Reply:
    """GET /guilds/{guild_id}/application-command-index: of its bots, and of what this user installed."""
    guild = call.store.need_guild(call.id("guild_id"), call.user.id)
    added = [user_id for user_id in guild.members if user_id in call.store.applications]
    installed = call.store.user_installs.get(call.user.id, [])
    bots = list(dict.fromkeys((*added, *installed)))
    offered = [
        command
        for command in visible_commands(call.store, bots, guild.id)
        if (Installation.GUILD in command.installations and command.application_id in added)
        or (Installation.USER in command.installations and command.application_id in installed)
    ]
    return _index(call, bots, offered)


def channel_index(call: Call) -> Reply:
    """GET /channels/{channel_id}/application-command-index: what this user may use there."""
    channel = call.store.need_channel(call.id("channel_id"), call.user.id)
    among = channel.recipients if channel.guild_id is None else call.store.guilds[channel.guild_id].members
    bots = [user_id for user_id in among if user_id in call.store.applications]
    bots += [bot for bot in call.store.user_installs.get(call.user.id, ()) if bot not in bots]
    commands = visible_commands(call.store, bots, channel.guild_id)
    return _index(call, bots, [c for c in commands if ways_to_use(call.store, c, channel, call.user.id)])


def user_index(call: Call) -> Reply:
    """GET /users/@me/application-command-index: what the user installed."""
    installed = call.store.user_installs.get(call.user.id, [])
    commands = visible_commands(call.store, installed, None)
    return _index(call, installed, [c for c in commands if Installation.USER in c.installations])


def _index(call: Call, bots: list[int], commands: list[Command]) -> Reply:
    applications: list[Payload] = [
        {
            "id": str(bot_id),
            "name": call.store.applications[bot_id].name,
            "description": "",
            "icon": None,
            "bot_id": str(bot_id),
            "bot": user_view(call.store.users[bot_id]),
            "flags": 0,
        }
        for bot_id in bots
    ]
    newest = max((command.version for command in commands), default=0)
    return Reply(
        {
            "applications": applications,
            "application_commands": [localized(command_view(command), call.locale) for command in commands],
            "version": str(newest),
        }
    )


_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES = (
    *(
        Route(method, f"{base}{tail}", handler, Access.BOT)
        for base in (_GLOBAL, _GUILD)
        for method, tail, handler in (
            ("GET", "", list_all),
            ("PUT", "", put_all),
            ("POST", "", post_one),
            ("GET", "/{command_id}", get_one),
            ("PATCH", "/{command_id}", patch_one),
            ("DELETE", "/{command_id}", delete_one),
        )
    ),
    Route("GET", "/guilds/{guild_id}/application-command-index", guild_index, Access.USER),
    Route("GET", "/channels/{channel_id}/application-command-index", channel_index, Access.USER),
    Route("GET", "/users/@me/application-command-index", user_index, Access.USER),
)
