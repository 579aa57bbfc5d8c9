"""``python -m benchmarks.gate``: what Wisp's gate and context cost by themselves, piece by piece.

A real bot, started against the load server with its default database, is handed commands whose
handler is empty; so is a plain one. What Wisp's take longer is the road: whose command it is, the
invocation, the context of handler and log, the gates, the record of the decision, and the set of what
runs. The budget is for that road alone. The metrics of a command, its count, its time and its age, and its
audit event have a budget together (`benchmarks.audit`): the event is switched off here, and so are the
metrics while the road is measured; what they cost is told beside it. Traces are off, as they are where nobody
sets them up; to ask whether anybody wants them is a part of the road. No SQL statement may be executed on the
way; the records themselves are stored later, in batches, which `benchmarks.ping --db` counts in.
"""

import argparse
import asyncio
import gc
import json
import logging
import math
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest import mock

import discord
from discord import app_commands
from discord.ext import commands
from discord.state import ConnectionState

from benchmarks import payloads
from benchmarks.plain_bot import plain_bot
from benchmarks.processes import BenchmarkError, load_server
from benchmarks.statements import Statements
from benchmarks.timing import Act, per_call_us
from benchmarks.wisp_bot import PingModule, configuration
from wisp_framework import WispApp, WispBot, create_app
from wisp_framework.context import (
    Invocation,
    InvocationKind,
    current_invocation,
    enter_decision,
)
from wisp_framework.dispatch.answers import InteractionResponder
from wisp_framework.dispatch.deferral import Deadlines
from wisp_framework.dispatch.gate import Question
from wisp_framework.dispatch.road import _REQUEST_ID, Road, invocation_of
from wisp_framework.dispatch.running import Run
from wisp_framework.policy import InteractionCaller, demands_of
from wisp_framework.services.decisions import DecisionService
from wisp_framework.transport.response import Answering
from wisp_framework.transport.tree import full_name, leaf_of
from wisp_framework.utils.ownership import enter_owner

BUDGET_US = 15.0

Interaction = discord.Interaction[commands.AutoShardedBot]
Tree = app_commands.CommandTree[commands.AutoShardedBot]
State = ConnectionState[commands.AutoShardedBot]


@dataclass(frozen=True)
class Report:
    """Microseconds of CPU per command, the least of all repeats.

    Attributes:
        pieces: each piece alone.
        sum_us: all of them together.
        plain_us: plain discord.py, from the interaction to an empty handler.
        wisp_us: Wisp, from the interaction to the same handler.
        road_us: what Wisp added without metrics; this is what the budget is for.
        metrics_us: what its metrics cost on top of that.
        deferral_us: what the deadline of the answer costs on top of both.
        budget_us: the most that it may be.
        statements: SQL statements that were executed meanwhile.
    """

    pieces: dict[str, float]
    sum_us: float
    plain_us: float
    wisp_us: float
    road_us: float
    metrics_us: float
    deferral_us: float
    budget_us: float
    statements: int


class Pieces:
    """The steps of the road, each to be called alone."""

    def __init__(self, app: WispApp, interaction: Interaction) -> None:
        self._tree = app.bot.command_tree
        self._road = app.road
        self._interaction = interaction
        self._data = cast("dict[str, Any]", interaction.data)
        self._invocation = self._new_invocation()
        self._decision = self._road.open(self._invocation)

    def all(self) -> dict[str, Act]:
        """Every piece that runs without a task of its own, in order."""
        return {
            "whose command": self._look_up,
            "invocation": self._new_invocation,
            "context of handler": self._enter,
            "context of log": self._bind,
            "gates": self._ask,
            "record": self._record,
        }

    def _look_up(self) -> None:
        root = self._tree._root_of(self._data)  # noqa: SLF001 - the very step that is measured
        self._leaf = leaf_of(root, self._data) if root is not None else None
        if root is None or self._tree.module_of(root) != PingModule.name:
            raise BenchmarkError("the command does not belong to its module")

    def _new_invocation(self) -> Invocation:
        interaction = self._interaction
        return invocation_of(InvocationKind.COMMAND, full_name(self._data), PingModule.name, interaction)

    def _enter(self) -> None:
        enter_owner(None)
        enter_decision(self._decision)

    def _bind(self) -> None:
        _REQUEST_ID.set(self._invocation.reference)

    def _ask(self) -> None:
        interaction, invocation, leaf = self._interaction, self._invocation, self._leaf
        caller = InteractionCaller(interaction)
        self._road.gate.enter(invocation, caller)
        if self._road.gate.admit(Question(invocation, caller, demands_of(leaf))) is not None:
            raise BenchmarkError("the gates waited for something")

    def _record(self) -> None:
        decision = self._road.open(self._invocation)
        decision.admit(decision.began_s)
        self._road.close(decision)

    def start_bare(self) -> None:
        """A task that ends at once."""
        asyncio.get_running_loop().create_task(_nothing())

    def start_tracked(self) -> None:
        """The same, remembered until it has ended."""
        run = Run(self._invocation.module, self._invocation, InteractionResponder(self._interaction))
        self._road.running.start(run, self._end(run))

    async def _end(self, run: Run) -> None:
        self._road.running.ended(run)


async def _nothing(*_arguments: object) -> None:
    pass


class _NoResponse:
    """In place of the response that keeps its deadline."""

    is_left_empty = False

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_error: object) -> None:
        pass


_NO_RESPONSE = _NoResponse()


def _no_response(*_arguments: object) -> _NoResponse:
    return _NO_RESPONSE


def _metrics_off(app: WispApp) -> ExitStack:
    """Commands go uncounted and untimed inside."""
    off = ExitStack()
    off.enter_context(mock.patch.object(Road, "_measure", _keep_none))
    for gate in app.road.gate._entries:  # noqa: SLF001 - the very step that is left out
        off.enter_context(mock.patch.object(gate, "_measured", None))
    return off


def _keep_none(*_arguments: object) -> None:
    pass


async def compare(one: Act, other: Act, calls: int, repeats: int) -> tuple[float, float, float]:
    """The least of both, and of what ``other`` takes more, measured in turns: other work only adds."""
    pairs = [(await per_call_us(one, calls), await per_call_us(other, calls)) for _ in range(repeats)]
    least, more = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    return least, more, more - least


async def measure(app: WispApp, calls: int, repeats: int) -> Report:
    """Measure the road of an app that has started.

    Raises:
        BenchmarkError: a command went to the database, or did not find its module.
    """
    async with plain_bot() as plain:
        # The handler is where the road ends; discord.py's way to it is the same on both sides.
        with (
            mock.patch.object(app_commands.CommandTree, "_call", _nothing),
            mock.patch.object(DecisionService, "flush", _nothing),
            mock.patch.object(Road, "_note_use", _keep_none),
            # It is the same interaction each time, and grows old.
            mock.patch("wisp_framework.dispatch.age.LIMIT_S", math.inf),
            # Nobody answers these commands, and what is done about that is not the road's.
            mock.patch.object(Deadlines, "watch", _keep_none),
            # What the bot asks now and then, for itself, is asked outside of any command.
            Statements(lambda: current_invocation() is not None) as statements,
        ):
            interaction = _interaction(app.bot)
            stock, ours = _invoke(plain.tree, interaction), _invoke(app.bot.command_tree, interaction)
            gc.freeze()  # what the start has made is not to be looked through in the midst of a command
            _, _, whole_us = await compare(stock, ours, calls, repeats)
            with mock.patch.object(Answering, "watch", _no_response):
                _, _, counted_us = await compare(stock, ours, calls, repeats)
                with _metrics_off(app):
                    roads = await compare(stock, ours, calls, repeats)
            with _metrics_off(app):
                costs = await _pieces(Pieces(app, interaction), calls, repeats)
    if statements.count:
        raise BenchmarkError(f"{statements.count} SQL statements were executed; a command must need none")
    total_us = sum(costs.values())
    return Report(
        costs,
        total_us,
        *roads,
        metrics_us=counted_us - roads[2],
        deferral_us=whole_us - counted_us,
        budget_us=BUDGET_US,
        statements=statements.count,
    )


async def _pieces(pieces: Pieces, calls: int, repeats: int) -> dict[str, float]:
    costs = {
        name: min([await per_call_us(act, calls) for _ in range(repeats)])
        for name, act in pieces.all().items()
    }
    _, _, costs["set of what runs"] = await compare(pieces.start_bare, pieces.start_tracked, calls, repeats)
    return costs


def _interaction(bot: WispBot) -> Interaction:
    frame = json.loads(
        payloads.InteractionFrames().frame(1, discord.utils.time_snowflake(discord.utils.utcnow()))
    )
    return discord.Interaction(data=frame["d"], state=cast("State", bot.state))


def _invoke(tree: Tree, interaction: Interaction) -> Act:
    return lambda: tree._from_interaction(interaction)  # noqa: SLF001 - as the parser does


async def run(url: str, folder: Path, calls: int, repeats: int) -> Report:
    """Start a bot on the load server, measure, stop it."""
    app = create_app(configuration(f"{url}/api/v10", folder, database=True), modules=[PingModule])
    await app.start()
    try:
        await app.idle()
        return await measure(app, calls, repeats)
    finally:
        await app.close()


def table(report: Report) -> str:
    """The report for people."""
    verdict = "kept" if report.road_us <= report.budget_us else "BROKEN"
    return "\n".join(
        [
            "gates, context and record, microseconds of CPU per command; metrics, audit and traces are off",
            *(f"  {name:<24}{cost_us:>8.2f}" for name, cost_us in report.pieces.items()),
            f"  {'sum of the pieces':<24}{report.sum_us:>8.2f}",
            f"from interaction to handler: discord.py {report.plain_us:.2f}, Wisp {report.wisp_us:.2f}",
            f"what Wisp adds there: {report.road_us:.2f} (budget {report.budget_us:.0f}: {verdict})",
            f"metrics on top of that: {report.metrics_us:.2f}",
            f"the deadline of the answer on top of both: {report.deferral_us:.2f}",
            f"SQL statements: {report.statements}",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found; 1 if a command needed the database."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="calls of each piece each time (1000)")
    parser.add_argument("--repeats", type=int, default=40, help="how often each is measured (40)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    logging.getLogger("discord").setLevel(logging.ERROR)
    try:
        with load_server() as url, TemporaryDirectory() as folder:
            report = asyncio.run(run(url, Path(folder), asked.calls, asked.repeats))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(report)) if asked.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
