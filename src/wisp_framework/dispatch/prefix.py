"""Prefix commands at the gates: discord.py asks its bot of each one whether it can run."""

from discord.ext import commands

from wisp_framework.context import Invocation, InvocationKind, current_decision, current_invocation
from wisp_framework.dispatch.answers import BotT
from wisp_framework.dispatch.gate import Question
from wisp_framework.dispatch.road import Road
from wisp_framework.policy import ContextCaller, demands_of


async def may_run(road: Road, ctx: commands.Context[BotT], module: str | None, guild_id: int | None) -> bool:
    """Whether ``ctx.command``, which may lie below a group, may run now.

    Of the command that is called it is asked as it is about to run, and then it counts. Of others the help
    asks, which wants to know what it may list.

    Raises:
        RefusedError: a gate refuses the command that is called.
    """
    command, called = ctx.command, current_invocation()
    if command is None:
        return True
    invocation = Invocation(
        kind=InvocationKind.PREFIX,
        name=command.qualified_name,
        module=module,
        guild_id=guild_id,
        channel_id=ctx.channel.id,
        user_id=ctx.author.id,
        reference=called.reference if called is not None else "",
    )
    question = Question(invocation, ContextCaller(ctx), demands_of(command))
    decision = current_decision()
    if decision is None or not _is_called(ctx):
        return all(verdict.refusal is None for verdict in await road.gate.explain(question))
    decision.invocation = invocation
    waiting = road.ask(question, decision)
    if waiting is not None:
        await waiting
    return True


def _is_called(ctx: commands.Context[BotT]) -> bool:
    if ctx.command is None:
        return False
    called = [*ctx.invoked_parents, ctx.invoked_with][0]
    return ctx.bot.all_commands.get(called or "") is (ctx.command.root_parent or ctx.command)
