"""What became of an invocation, in words: for the command line and for Discord alike."""

from wisp_framework.services.decisions import Decision, Outcome


def headline(decision: Decision) -> str:
    """One line: when, what, where, and how it ended."""
    invocation = decision.invocation
    where = f"guild {invocation.guild_id}" if invocation.guild_id is not None else "direct message"
    return (
        f"{invocation.reference}  {decision.at:%Y-%m-%d %H:%M:%S}  {invocation.kind.value} "
        f"{invocation.name}  {where}  user {invocation.user_id}: {ending(decision)}"
    )


def ending(decision: Decision) -> str:
    """How it ended, in a few words."""
    if decision.outcome is Outcome.REFUSED:
        return f"refused by {decision.gate}"
    if decision.outcome is Outcome.DEFERRED:
        return "ran, after it was deferred"
    return decision.outcome.value


def story(decision: Decision) -> list[str]:
    """All that is known of it, a line each."""
    invocation = decision.invocation
    owner = f"module {invocation.module}" if invocation.module is not None else "the bot itself"
    lines = [headline(decision), f"of {owner}, in channel {invocation.channel_id}"]
    if decision.detail:
        lines.append(f"because: {decision.detail}")
    lines += [f"{step.at_ms:>10.1f} ms  {step.name}: {step.verdict}" for step in decision.steps()]
    return lines
