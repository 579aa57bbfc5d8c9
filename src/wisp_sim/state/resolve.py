"""The things that an interaction names by id, as its bot gets them."""

from collections.abc import Iterable, Iterator

from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import ComponentType, OptionType
from wisp_sim.model.message import Attachment, Message
from wisp_sim.model.payload import Payload
from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.rules.form import Form
from wisp_sim.rules.permissions import guild_permissions
from wisp_sim.state.account_views import user_view
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.guild_views import member_view, role_view
from wisp_sim.state.message_views import file_view, message_view
from wisp_sim.state.store import Store

USERS, ROLES, CHANNELS = "users", "roles", "channels"
OPTION_TABLES = {
    OptionType.USER: (USERS,),
    OptionType.ROLE: (ROLES,),
    OptionType.CHANNEL: (CHANNELS,),
    OptionType.MENTIONABLE: (USERS, ROLES),
}
COMPONENT_TABLES = {
    ComponentType.USER_SELECT: (USERS,),
    ComponentType.ROLE_SELECT: (ROLES,),
    ComponentType.CHANNEL_SELECT: (CHANNELS,),
    ComponentType.MENTIONABLE_SELECT: (USERS, ROLES),
}


class Resolver:
    """Collects what one interaction names.

    Args:
        store: where to look.
        channel: where the interaction happens.
        viewer_id: the user who acts.
    """

    def __init__(self, store: Store, channel: Channel, viewer_id: int) -> None:
        self._store = store
        self._channel = channel
        self._guild = None if channel.guild_id is None else store.guilds[channel.guild_id]
        self._viewer_id = viewer_id
        self.found: Payload = {}

    def take(self, snowflake: int, tables: Iterable[str]) -> bool:
        """Look this id up; False if there is nothing of that kind with it here."""
        return any(
            {USERS: self._take_user, ROLES: self._take_role, CHANNELS: self._take_channel}[table](snowflake)
            for table in tables
        )

    def take_file(self, file: Attachment) -> None:
        """Note a file that came along."""
        self._note("attachments", file.id, file_view(self._store, self._channel.id, file))

    def take_message(self, message: Message) -> None:
        """Note a message that the interaction is about."""
        self._note("messages", message.id, message_view(self._store, message, 0))

    def check(
        self, form: Form, key: str, value: object, tables: Iterable[str], channel_types: object = None
    ) -> None:
        """Look up an id that a request gave, and note a problem if there is no such thing.

        Args:
            form: the request.
            key: the field with the id.
            value: the id.
            tables: where it may be.
            channel_types: the only types that a channel may have; none are all.
        """
        snowflake = parse_snowflake(value)
        channel = None if snowflake is None else self._store.channels.get(snowflake)
        if isinstance(channel_types, list) and channel_types and channel is not None:
            snowflake = snowflake if channel.type in channel_types else None
        if snowflake is None or not self.take(snowflake, tables):
            form.fail(key, "APPLICATION_COMMAND_OPTION_ENTITY_UNKNOWN", f"Unknown entity {value!s:.30}")

    def _note(self, table: str, snowflake: int, view: Payload) -> bool:
        entries = self.found.setdefault(table, {})
        if isinstance(entries, dict):
            entries[str(snowflake)] = view
        return True

    def _take_user(self, user_id: int) -> bool:
        user = self._store.users.get(user_id)
        if user is None:
            return False
        member = None if self._guild is None else self._guild.members.get(user_id)
        if self._guild is not None and member is not None:
            view = member_view(self._store, member, with_user=False)
            held = guild_permissions(self._guild, member, self._store.clock.now())
            self._note("members", user_id, {**view, "permissions": str(int(held))})
        return self._note("users", user_id, user_view(user))

    def _take_role(self, role_id: int) -> bool:
        role = None if self._guild is None else self._guild.roles.get(role_id)
        return role is not None and self._note("roles", role_id, role_view(role))

    def _take_channel(self, channel_id: int) -> bool:
        channel = self._store.channels.get(channel_id)
        if channel is None or self._guild is None or channel.guild_id != self._guild.id:
            return False
        held = self._store.permissions_in(channel, self._viewer_id)
        view = channel_view(self._store, channel, self._viewer_id)
        view.pop("permission_overwrites", None)
        return self._note("channels", channel_id, {**view, "permissions": str(int(held))})


def leaves(options: list[Payload]) -> Iterator[Payload]:
    """The options that have a value, in all subcommands."""
    for option in options:
        nested = option.get("options")
        if isinstance(nested, list):
            yield from leaves(nested)
        elif "value" in option:
            yield option
