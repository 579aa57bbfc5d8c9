"""What Discord would refuse of a command list, found before it is sent.

Source for all figures: https://docs.discord.com/developers/interactions/application-commands
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from wisp_framework.registry.command_form import Problems, problems_of
from wisp_framework.registry.payloads import (
    CHAT_INPUT,
    ENTRY_POINT,
    MESSAGE,
    USER,
    CommandKey,
    Payload,
    fingerprint,
    key_of,
)

MOST_COMMANDS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}
"""In one list; the global one and that of each guild are counted apart."""

MOST_CREATES_A_DAY = 200
"""New commands in one list and day; replacing a list counts those of them that it did not hold."""

NOTHING_REFUSED: Mapping[str, str] = {}

Entry = tuple[str | None, Payload]
"""A command with its module, None for the bot's own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that Discord would not take.

    Attributes:
        module: whose it is; None for the bot's own.
        key: which command.
        problems: all that is wrong with it, a half sentence each.
    """

    module: str | None
    key: CommandKey
    problems: Problems

    @override
    def __str__(self) -> str:
        """One sentence, for log, health and plan."""
        owner = f"module {self.module!r}" if self.module is not None else "the bot"
        return f"command {self.key.name!r} of {owner} is left out: {'; '.join(self.problems)}"


def fitting(
    entries: Sequence[Entry], guild_id: int | None = None, refused: Mapping[str, str] = NOTHING_REFUSED
) -> tuple[list[Payload], list[Refusal]]:
    """The commands of a list that Discord takes, and why it would not take the others.

    Args:
        entries: earlier ones go first where there are too many.
        guild_id: whose list it is; None for the global one.
        refused: what Discord said of commands that it did not take, by their fingerprint.
    """
    taken: list[Payload] = []
    refusals: list[Refusal] = []
    owners: dict[CommandKey, str | None] = {}
    counts: Counter[int] = Counter()
    for module, payload in entries:
        key = key_of(payload)
        problems = [*problems_of(payload, guild_id), *_in_list(key, owners, counts)]
        if refused and (said := refused.get(fingerprint([payload], guild_id))) is not None:
            problems.append(f"Discord refused it: {said}")
        if problems:
            refusals.append(Refusal(module, key, tuple(problems)))
            continue
        counts[key.type] += 1
        owners[key] = module
        taken.append(payload)
    return taken, refusals


def _in_list(key: CommandKey, owners: dict[CommandKey, str | None], counts: Counter[int]) -> Iterator[str]:
    if key in owners:
        other = f"module {owners[key]!r}" if owners[key] is not None else "the bot"
        yield f"{other} has a command of that name already; rename one"
    most = MOST_COMMANDS.get(key.type)
    if most is not None and counts[key.type] >= most:
        yield f"it is one more than the {most} of its type that Discord lists; switch a module off"


def sentences(refusals: Iterable[Refusal]) -> list[str]:
    """What is told of them, each once."""
    return list(dict.fromkeys(str(refusal) for refusal in refusals))
