"""``/policy set|remove|list|explain``: each guild's rules about who may use what."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias, cast

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig
from wisp_framework.context import BotContext, Invocation, InvocationKind
from wisp_framework.dispatch.gate import Question, Verdict
from wisp_framework.exceptions import PolicyError
from wisp_framework.module import Module
from wisp_framework.policy import (
    PRECEDENCE,
    MemberCaller,
    Rule,
    RuleBook,
    Subject,
    demands_of,
    require_permissions,
)
from wisp_framework.policy.rules import EVERYTHING, MODULE_PREFIX
from wisp_framework.registry import ModuleRegistry
from wisp_framework.ui import branded_embed

MOST_CHOICES = 25
"""Source: https://docs.discord.com/developers/interactions/receiving-and-responding (autocomplete)."""
MOST_CHOICE_CHARS = 100

Who: TypeAlias = discord.Member | discord.User | discord.Role
Place: TypeAlias = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
)
MENTIONS = {
    Subject.USER: "<@{}>",
    Subject.ROLE: "<@&{}>",
    Subject.CHANNEL: "<#{}>",
    Subject.GUILD: "everybody",
}


class PolicyModule(Module):
    """Lets members with Manage Server say who may use which command."""

    name = "policy"
    description = "The rules of this server"
    can_disable = False
    visibility = "global"

    def __init__(self, modules: ModuleRegistry, rules: RuleBook) -> None:
        self._modules = modules
        self._rules = rules

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.tree.add_command(PolicyGroup(cast("WispBot", bot), self._modules, self._rules, ctx.config))


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class PolicyGroup(app_commands.Group, name="policy", description="Who may use what in this server"):
    """The commands below ``/policy``."""

    def __init__(self, bot: WispBot, modules: ModuleRegistry, rules: RuleBook, config: AppConfig) -> None:
        super().__init__()
        self._bot = bot
        self._modules = modules
        self._rules = rules
        self._config = config

    @app_commands.command(name="set")
    @app_commands.describe(
        rule="Yes or no",
        target="A command, module: and a module's name, or *",
        who="A member or role",
        channel="A channel; its threads are meant, too",
    )
    @require_permissions(manage_guild=True)
    async def set_rule(
        self,
        interaction: discord.Interaction,
        rule: Literal["allow", "deny"],
        target: str,
        who: Who | None = None,
        channel: Place | None = None,
    ) -> None:
        """Allow or deny a command to a member, a role, a channel, or everybody."""
        self._check_target(target)
        subject, subject_id = subject_of(_guild_id(interaction), who, channel)
        new = Rule(target, subject, subject_id, rule == "allow")
        before = await self._rules.set(_guild_id(interaction), new, actor_id=interaction.user.id)
        same = " That was the rule already." if before == new.allowed else ""
        await _tell(interaction, f"{readable(str(new))}.{same}")

    @app_commands.command()
    @app_commands.describe(
        target="As in the list", who="The member or role of the rule", channel="The channel of the rule"
    )
    @require_permissions(manage_guild=True)
    async def remove(
        self,
        interaction: discord.Interaction,
        target: str,
        who: Who | None = None,
        channel: Place | None = None,
    ) -> None:
        """Take a rule back."""
        subject, subject_id = subject_of(_guild_id(interaction), who, channel)
        old = Rule(target, subject, subject_id, allowed=True)
        before = await self._rules.remove(_guild_id(interaction), old, actor_id=interaction.user.id)
        if before is None:
            raise PolicyError("There is no such rule. `/policy list` shows those there are.")
        await _tell(interaction, f"Removed: {readable(str(Rule(target, subject, subject_id, before)))}.")

    @app_commands.command(name="list")
    @require_permissions(manage_guild=True)
    async def list_rules(self, interaction: discord.Interaction) -> None:
        """Show the rules of this server."""
        rules = self._rules.list(_guild_id(interaction))
        lines = [readable(str(rule)) for rule in rules] or ["There are none: everybody may use everything."]
        embed = branded_embed(self._config, "Rules", "\n".join([*lines, "", PRECEDENCE]))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(
        member="Who would use it", command="What", channel="Where; here, if nothing else is said"
    )
    @require_permissions(manage_guild=True)
    async def explain(
        self,
        interaction: discord.Interaction,
        member: discord.Member,
        command: str,
        channel: Place | None = None,
    ) -> None:
        """Say whether a member could use a command, and which gate decides it."""
        place = channel if channel is not None else interaction.channel
        if not isinstance(place, discord.abc.GuildChannel | discord.Thread):
            raise PolicyError("Please name a channel of this server.")
        question = self._question(member, place, command)
        verdicts = await self._bot.road.gate.explain(question)
        await _tell(interaction, explanation(question, verdicts, member, place))

    def _question(
        self, member: discord.Member, place: discord.abc.GuildChannel | discord.Thread, command: str
    ) -> Question:
        known = list(known_commands(self._bot))
        found = next((one for one in known if one[0] == command), None)
        if found is None:
            below = next((name for name, *_ in known if name.startswith(f"{command} ")), None)
            if below is not None:
                raise PolicyError(f"`{command}` is a group. Take one of its commands, as `{below}`.")
            raise PolicyError(f"There is no command `{command[:100]}`.")
        _, kind, module, handler = found
        invocation = Invocation(
            kind=kind,
            name=command,
            module=module,
            guild_id=member.guild.id,
            channel_id=place.id,
            user_id=member.id,
            reference="",
        )
        return Question(invocation, MemberCaller(self._bot, member, place), demands_of(handler))

    def _check_target(self, target: str) -> None:
        if target in self._targets():
            return
        if target in self._targets(fixed=True):
            raise PolicyError("What cannot be switched off cannot be denied either.")
        raise PolicyError(
            f"There is nothing called `{target[:100]}`. Take a command, `{MODULE_PREFIX}` "
            f"and a module's name, or `{EVERYTHING}`."
        )

    def _targets(self, *, fixed: bool = False) -> list[str]:
        """What rules may name; with ``fixed`` what they may not, because it cannot be switched off."""

        def counts(module: str | None) -> bool:
            return fixed is (module is not None and self._modules.is_fixed(module))

        modules = [name for name in self._modules.list_modules() if counts(name)]
        names = [name for name, _, module, _ in known_commands(self._bot) if counts(module)]
        groups = {
            " ".join(name.split(" ")[:length]) for name in names for length in range(1, name.count(" ") + 1)
        }
        return [EVERYTHING, *(MODULE_PREFIX + name for name in modules), *sorted({*names, *groups})]

    @set_rule.autocomplete("target")
    async def _complete_target(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return choices(self._targets(), typed)

    @remove.autocomplete("target")
    async def _complete_rule(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return choices(dict.fromkeys(rule.target for rule in self._rules.list(_guild_id(interaction))), typed)

    @explain.autocomplete("command")
    async def _complete_command(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        return choices(sorted({name for name, *_ in known_commands(self._bot)}), typed)


def known_commands(bot: WispBot) -> Iterator[tuple[str, InvocationKind, str | None, object]]:
    """Every command that can be called: its full name, its kind, its module, and what is called."""
    tree = bot.command_tree
    for root in tree.roots():
        below = root.walk_commands() if isinstance(root, app_commands.Group) else [root]
        for command in below:
            if not isinstance(command, app_commands.Group):
                yield command.qualified_name, InvocationKind.COMMAND, tree.module_of(root), command
    for prefixed in bot.walk_commands():
        yield prefixed.qualified_name, InvocationKind.PREFIX, bot.module_of(prefixed), prefixed


def choices(names: Sequence[str] | dict[str, None], typed: str) -> list[app_commands.Choice[str]]:
    """Those that fit what was typed, as many as Discord shows."""
    fitting = [name for name in names if typed.lower() in name.lower() and len(name) <= MOST_CHOICE_CHARS]
    return [app_commands.Choice(name=name, value=name) for name in fitting[:MOST_CHOICES]]


def subject_of(
    guild_id: int, who: Who | None, channel: discord.abc.GuildChannel | discord.Thread | None
) -> tuple[Subject, int]:
    """Whom a rule is about; nobody named means everybody.

    Raises:
        PolicyError: two are named.
    """
    if who is not None and channel is not None:
        raise PolicyError("Name a member or role, or a channel, not both.")
    if channel is not None:
        return Subject.CHANNEL, channel.id
    if who is None or who.id == guild_id:  # the role @everyone has the guild's own id
        return Subject.GUILD, guild_id
    return (Subject.ROLE if isinstance(who, discord.Role) else Subject.USER), who.id


def readable(rule: str) -> str:
    """A rule with mentions in place of ids, and its target marked."""
    verdict, _, rest = rule.partition(" ")
    target, _, whom = rest.rpartition(" for ")
    subject, _, subject_id = whom.partition(" ")
    return f"{verdict} `{target}` for {MENTIONS[Subject(subject)].format(subject_id)}"


def explanation(
    question: Question,
    verdicts: Sequence[Verdict],
    member: discord.Member,
    place: discord.abc.GuildChannel | discord.Thread,
) -> str:
    """The verdict and the trace of the gates."""
    refused = next((verdict for verdict in verdicts if verdict.refusal is not None), None)
    ends = f"is refused by **{refused.gate}**" if refused is not None else "is let through"
    lines = [f"`{question.invocation.name}` for {member.mention} in {place.mention} {ends}."]
    for verdict in verdicts:
        if verdict.refusal is not None:
            text = str(verdict.refusal)
            rule = re.fullmatch(r"rule: (.+)", text)
            lines.append(f"⛔ {verdict.gate}: {readable(rule[1]) if rule else text}")
        else:
            lines.append(f"✅ {verdict.gate}" if verdict.asked else f"▫️ {verdict.gate}: not asked")
    lines.append("Checks of the command's own author are asked only when it runs.")
    return "\n".join(lines)


async def _tell(interaction: discord.Interaction, text: str) -> None:
    await interaction.response.send_message(
        text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )


def _guild_id(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise PolicyError("Rules are set in a server, not in a direct message.")
    return interaction.guild_id
