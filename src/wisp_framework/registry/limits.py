"""What Discord would refuse of a command list, found before it is sent: one bad command costs only itself.

Source for all figures: https://docs.discord.com/developers/interactions/application-commands
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from wisp_framework.registry.sync import Payload
from wisp_framework.utils.json_value import JsonValue

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
MOST_COMMANDS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MOST_DESCRIPTION_CHARS = 100
MOST_OPTIONS = 25
MOST_CHOICES = 25


def fitting(entries: Sequence[tuple[str | None, Payload]]) -> tuple[list[Payload], list[str]]:
    """The commands of a list that Discord takes, and one sentence for each of the others.

    Args:
        entries: each command's module, None for the bot's own, and its payload; earlier ones go first
            where there are too many.
    """
    taken: list[Payload] = []
    complaints: list[str] = []
    counts: Counter[JsonValue] = Counter()
    for module, payload in entries:
        problem = next(_problems(payload), None)
        kind = payload.get("type", CHAT_INPUT)
        most = MOST_COMMANDS.get(kind if isinstance(kind, int) else CHAT_INPUT, 0)
        if problem is None and counts[kind] >= most:
            problem = f"it is one more than the {most} of its type that Discord lists; switch a module off"
        if problem is None:
            counts[kind] += 1
            taken.append(payload)
        else:
            owner = f"module {module!r}" if module is not None else "the bot"
            complaints.append(f"command {payload.get('name')!r} of {owner} is left out: {problem}")
    return taken, complaints


def _problems(payload: Payload, inside: str = "its") -> Iterator[str]:
    description = payload.get("description")
    if isinstance(description, str) and len(description) > MOST_DESCRIPTION_CHARS:
        size = len(description)
        yield f"{inside} description has {size} characters, Discord takes {MOST_DESCRIPTION_CHARS}"
    choices = payload.get("choices")
    if isinstance(choices, list) and len(choices) > MOST_CHOICES:
        yield f"{inside} choices are {len(choices)}, Discord takes {MOST_CHOICES}; use an autocompletion"
    options = payload.get("options")
    if not isinstance(options, list):
        return
    if len(options) > MOST_OPTIONS:
        yield f"{inside} options are {len(options)}, Discord takes {MOST_OPTIONS}"
    for option in options:
        if isinstance(option, dict):
            yield from _problems(option, f"the option {option.get('name')!r}'s")
