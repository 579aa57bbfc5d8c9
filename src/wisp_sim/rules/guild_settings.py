"""What those who manage a guild may set for it.

Source: https://docs.discord.com/developers/resources/guild#modify-guild
"""

from copy import copy

from wisp_sim.model.guild import Guild, GuildSettings
from wisp_sim.model.kinds import ChannelType
from wisp_sim.rules.form import Form

_AFK_TIMEOUTS_S = (60, 300, 900, 1800, 3600)
# A community gets these with it.
_COMMUNITY = ("COMMUNITY", "NEWS")
_MUTABLE = ("COMMUNITY", "DISCOVERABLE", "INVITES_DISABLED", "RAID_ALERTS_DISABLED")
_TEXTS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)


def revise_settings(guild: Guild, form: Form) -> GuildSettings:
    """A copy of a guild's settings with the changes that a request asks for; problems are noted."""
    draft = copy(guild.settings)
    if form.has("description"):
        draft.description = form.text("description", max_chars=300) or None
    _read_levels(draft, form)
    if form.has("afk_channel_id"):
        draft.afk_channel_id = _channel(guild, form, "afk_channel_id", (ChannelType.VOICE,))
    if form.has("system_channel_id"):
        draft.system_channel_id = _channel(guild, form, "system_channel_id", _TEXTS)
        draft.system_channel_chosen = True
    if form.has("rules_channel_id"):
        draft.rules_channel_id = _channel(guild, form, "rules_channel_id", _TEXTS)
    if form.has("public_updates_channel_id"):
        draft.public_updates_channel_id = _channel(guild, form, "public_updates_channel_id", _TEXTS)
    if form.has("safety_alerts_channel_id"):
        draft.safety_alerts_channel_id = _channel(guild, form, "safety_alerts_channel_id", _TEXTS)
    if form.has("features"):
        draft.features = _read_features(draft, form)
    return draft


def _read_levels(draft: GuildSettings, form: Form) -> None:
    if form.has("verification_level"):
        draft.verification_level = form.choice("verification_level", range(5)) or 0
    if form.has("default_message_notifications"):
        level = form.choice("default_message_notifications", range(2))
        draft.default_message_notifications = level or 0
    if form.has("explicit_content_filter"):
        draft.explicit_content_filter = form.choice("explicit_content_filter", range(3)) or 0
    if form.has("preferred_locale"):
        draft.preferred_locale = form.text("preferred_locale", max_chars=5) or "en-US"
    if form.has("afk_timeout"):
        draft.afk_timeout_s = form.choice("afk_timeout", _AFK_TIMEOUTS_S) or 300
    if form.has("system_channel_flags"):
        draft.system_channel_flags = form.integer("system_channel_flags", least=0, most=2**31 - 1) or 0
    if form.has("premium_progress_bar_enabled"):
        draft.premium_progress_bar_enabled = bool(form.truth("premium_progress_bar_enabled"))


def _channel(guild: Guild, form: Form, key: str, kinds: tuple[ChannelType, ...]) -> int | None:
    channel_id = form.snowflake(key)
    if channel_id is None:
        return None
    channel = guild.channels.get(channel_id)
    if channel is None or channel.type not in kinds:
        form.fail(key, "CHANNEL_INVALID", "Channel is not one of this guild that fits")
        return None
    return channel_id


def _read_features(draft: GuildSettings, form: Form) -> list[str]:
    """Which features are on; those that nobody can switch stay as they are."""
    wanted = [entry for entry in form.entries("features", most=1521) if isinstance(entry, str)]
    kept = [name for name in draft.features if name not in _MUTABLE and name not in _COMMUNITY]
    chosen = kept + [name for name in _MUTABLE if name in wanted]
    if "COMMUNITY" not in chosen:
        return chosen
    if draft.rules_channel_id is None or draft.public_updates_channel_id is None:
        form.fail("features", "COMMUNITY_CHANNELS_REQUIRED", "A community has a rules and an updates channel")
    return [*chosen, "NEWS"]
