"""The rules of a guild about who may use what, and the one sentence that says which of them holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from typing_extensions import override

PRECEDENCE = (
    "The narrowest subject wins (member, then role, then channel, then server), then the narrowest target "
    "(command, then its group, then its module, then everything), and where two roles disagree, no wins."
)
"""For members; `decide` is this sentence."""

EVERYTHING = "*"
MODULE_PREFIX = "module:"


class Subject(StrEnum):
    """Whom a rule speaks of, the narrowest first."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"
    GUILD = "guild"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether somebody may use something.

    Args:
        target: a command's full name (of a group: all below it), ``module:`` and a module's name, or ``*``.
        subject: whom it speaks of.
        subject_id: the id of the user, role, channel (its threads are meant, too) or guild.
        allowed: yes or no. Yes takes back a broader no; it never stands in for a permission.
    """

    target: str
    subject: Subject
    subject_id: int
    allowed: bool

    @override
    def __str__(self) -> str:
        verdict = "allow" if self.allowed else "deny"
        return f"{verdict} {self.target} for {self.subject} {self.subject_id}"


@dataclass(frozen=True, slots=True)
class Use:
    """Who wants to use what, where.

    Args:
        command: the full name; None for what is no command, such as a button.
        module: whose it is; None for the bot's own.
        user_id: who.
        role_ids: the roles of that member.
        channel_ids: the channel, and before it the thread in it.
        guild_id: where.
    """

    command: str | None
    module: str | None
    user_id: int
    role_ids: Iterable[int]
    channel_ids: tuple[int, ...]
    guild_id: int


Address: TypeAlias = tuple[str, Subject, int]
Rules: TypeAlias = Mapping[Address, bool]


def decide(rules: Rules, use: Use) -> Rule | None:
    """The rule that holds for a use, as `PRECEDENCE` says; None where none speaks of it."""
    targets = list(targets_of(use))
    for subject, ids in (
        (Subject.USER, (use.user_id,)),
        (Subject.ROLE, tuple(use.role_ids)),
        *((Subject.CHANNEL, (channel_id,)) for channel_id in use.channel_ids),
        (Subject.GUILD, (use.guild_id,)),
    ):
        for target in targets:
            found = {
                rules[target, subject, subject_id]: subject_id
                for subject_id in ids
                if (target, subject, subject_id) in rules
            }
            if found:
                allowed = False not in found
                return Rule(target, subject, found[allowed], allowed)
    return None


def targets_of(use: Use) -> Iterator[str]:
    """What a rule may name to mean this use, the narrowest first."""
    if use.command is not None:
        words = use.command.split(" ")
        for length in range(len(words), 0, -1):
            yield " ".join(words[:length])
    if use.module is not None:
        yield MODULE_PREFIX + use.module
    yield EVERYTHING
