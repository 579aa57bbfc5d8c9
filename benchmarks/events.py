"""``python -m benchmarks.events``: what one dispatched event costs, on plain discord.py and on Wisp.

Both bots are handed the same event in turns: one that nobody hears, one that a listener hears, and one
whose listener belongs to a module that is off in the guild. Nothing is sent anywhere; the listener is empty.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import discord
from discord.ext import commands
from typing_extensions import override

from benchmarks.plain_bot import plain_bot
from benchmarks.processes import BenchmarkError, load_server
from benchmarks.timing import Act, per_call_us
from benchmarks.wisp_bot import configuration
from wisp_framework import BotContext, Module, WispApp, create_app

GUILD_ID, OTHER_GUILD_ID = 81384788765712384, 81384788765712385
HEARD, UNHEARD = "typing", "reaction_add"
BUDGET_ON_US = 2.0


@dataclass(frozen=True)
class Row:
    """Microseconds of CPU per event, and what is promised of them.

    Attributes:
        name: which event.
        plain_us: plain discord.py.
        wisp_us: Wisp, in the same run.
        added_us: the median of the differences of pairs.
        budget_us: the most that ``added_us`` may be.
    """

    name: str
    plain_us: float
    wisp_us: float
    added_us: float
    budget_us: float


class Hearing(Module):
    """Hears one event, and does nothing."""

    name = "hearing"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        bot.add_listener(_nothing, f"on_{HEARD}")


async def _nothing(*_: object) -> None:
    pass


def _dispatch(bot: discord.Client, event: str, argument: object) -> Act:
    return lambda: bot.dispatch(event, argument)


def _dispatch_in(app: WispApp, guild_id: int, argument: object) -> Act:
    state, bot = app.bot.state, app.bot

    def act() -> None:
        # As the parser does, which has read it from the wire.
        state.event_guild_id = guild_id
        bot.dispatch(HEARD, argument)

    return act


async def _row(name: str, plain: Act, wisp: Act, budget_us: float, calls: int, repeats: int) -> Row:
    pairs = [(await per_call_us(plain, calls), await per_call_us(wisp, calls)) for _ in range(repeats)]
    return Row(
        name,
        median(pair[0] for pair in pairs),
        median(pair[1] for pair in pairs),
        median(pair[1] - pair[0] for pair in pairs),
        budget_us,
    )


async def measure(app: WispApp, calls: int, repeats: int) -> list[Row]:
    """Measure an app that has started, beside a plain bot that has not."""
    await app.flags.set_enabled(OTHER_GUILD_ID, {Hearing.name: False})
    argument = object()
    async with plain_bot() as plain:
        plain.add_listener(_nothing, f"on_{HEARD}")
        heard = _dispatch(plain, HEARD, argument)
        unheard = _dispatch(plain, UNHEARD, argument), _dispatch(app.bot, UNHEARD, argument)
        off = _dispatch_in(app, OTHER_GUILD_ID, argument)
        on = _dispatch_in(app, GUILD_ID, argument)
        rounds = calls, repeats
        return [
            await _row("nobody hears it", *unheard, 0.0, *rounds),
            await _row("heard, the module is off", heard, off, 0.0, *rounds),
            await _row("heard, the module is on", heard, on, BUDGET_ON_US, *rounds),
        ]


async def run(url: str, folder: Path, calls: int, repeats: int) -> list[Row]:
    """Start a bot on the load server, measure, stop it."""
    app = create_app(configuration(f"{url}/api/v10", folder, database=False), modules=[Hearing])
    await app.start()
    try:
        await app.idle()
        return await measure(app, calls, repeats)
    finally:
        await app.close()


def table(rows: Sequence[Row]) -> str:
    """The report for people."""
    head = f"  {'':<26}{'discord.py':>11}{'Wisp':>8}{'added':>8}{'budget':>8}"
    lines = ["one event, microseconds of CPU", head]
    for row in rows:
        verdict = "kept" if row.added_us <= row.budget_us else "BROKEN"
        figures = f"{row.plain_us:>11.2f}{row.wisp_us:>8.2f}{row.added_us:>8.2f}{row.budget_us:>8.1f}"
        lines.append(f"  {row.name:<26}{figures} {verdict}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="events each time (20000)")
    parser.add_argument("--repeats", type=int, default=9, help="how often each is measured (9)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    logging.getLogger("discord").setLevel(logging.ERROR)
    try:
        with load_server() as url, TemporaryDirectory() as folder:
            rows = asyncio.run(run(url, Path(folder), asked.calls, asked.repeats))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"rows": [asdict(row) for row in rows]}) if asked.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
