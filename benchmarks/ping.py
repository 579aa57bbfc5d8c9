"""``python -m benchmarks.ping``: what one ``/ping`` costs on plain discord.py and on Wisp, in one run."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import Measured, Task
from benchmarks.processes import BenchmarkError, load_server, run_bot

PLAIN, WISP, WISP_DB = "discord.py", "Wisp", "Wisp, SQLite"
BUSY_SERVER = 0.8

Contestant = Callable[[Task], Measured]


@dataclass(frozen=True)
class Row:
    """One contestant over all rounds; times are microseconds of CPU per command.

    Attributes:
        name: who.
        cpu_us: the median.
        lowest_us: the best round.
        highest_us: the worst round.
        difference_us: the median of what it cost more than plain discord.py in the same round.
        ratio: the median of its cost over that of plain discord.py in the same round.
        lowest_ratio: the smallest of these ratios.
        highest_ratio: the largest of these ratios.
        statements: SQL statements per command; None without a database.
    """

    name: str
    cpu_us: float
    lowest_us: float
    highest_us: float
    difference_us: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float
    statements: float | None


@dataclass(frozen=True)
class Report:
    """What a whole run says.

    Attributes:
        rounds: how often each contestant ran, in a process of its own each time.
        commands: how many commands were measured each time.
        server_cpu_us: the load server's CPU time per command, the median.
        server_share: the load server's largest share of one core while a bot was measured.
        rows: plain discord.py first.
    """

    rounds: int
    commands: int
    server_cpu_us: float
    server_share: float
    rows: Sequence[Row]


def contestants(folder: Path | None) -> Mapping[str, Contestant]:
    """Who runs; with a folder also Wisp with its default database in there."""
    found: dict[str, Contestant] = {
        PLAIN: lambda task: run_bot("plain_bot", task),
        WISP: lambda task: run_bot("wisp_bot", task),
    }
    if folder is not None:
        found[WISP_DB] = lambda task: run_bot("wisp_bot", task, str(folder))
    return found


def compete(who: Mapping[str, Contestant], task: Task, rounds: int) -> dict[str, list[Measured]]:
    """Let everybody run once a round, back and forth, so that a machine that slows down is fair to all.

    Raises:
        BenchmarkError: a bot failed, or they did not all do the same.
    """
    results: dict[str, list[Measured]] = {name: [] for name in who}
    for round_number in range(rounds):
        order = list(who) if round_number % 2 == 0 else list(who)[::-1]
        for name in order:
            results[name].append(who[name](task))
    did = {(measured.intents, measured.answer) for runs in results.values() for measured in runs}
    if len(did) != 1:
        raise BenchmarkError(f"the bots did not do the same: {sorted(did)}")
    return results


def summary(results: Mapping[str, Sequence[Measured]], task: Task) -> Report:
    """The figures of a whole run."""
    runs = [measured for measured_runs in results.values() for measured in measured_runs]
    plain = results[PLAIN]
    return Report(
        rounds=len(plain),
        commands=task.commands,
        server_cpu_us=median(run.server_cpu_us for run in runs),
        server_share=max(run.server_cpu_us / run.wall_us for run in runs),
        rows=[_row(name, own, plain) for name, own in results.items()],
    )


def _row(name: str, own: Sequence[Measured], plain: Sequence[Measured]) -> Row:
    cpu_us = [run.cpu_us for run in own]
    ratios = [run.cpu_us / beside.cpu_us for run, beside in zip(own, plain, strict=True)]
    return Row(
        name=name,
        cpu_us=median(cpu_us),
        lowest_us=min(cpu_us),
        highest_us=max(cpu_us),
        difference_us=median(run.cpu_us - beside.cpu_us for run, beside in zip(own, plain, strict=True)),
        ratio=median(ratios),
        lowest_ratio=min(ratios),
        highest_ratio=max(ratios),
        statements=own[-1].statements,
    )


def table(report: Report) -> str:
    """The report for people."""
    lines = [
        f"/ping, {report.rounds} x {report.commands} commands, microseconds of CPU per command",
        f"{'':<14}{'median':>8}{'range':>16}{'added':>9}{'ratio':>8}{'range':>15}{'SQL':>7}",
    ]
    for row in report.rows:
        span = f"{row.lowest_us:.0f} - {row.highest_us:.0f}"
        ratios = f"{row.lowest_ratio:.3f} - {row.highest_ratio:.3f}"
        sql = f"{row.statements:.2f}" if row.statements is not None else "-"
        lines.append(
            f"{row.name:<14}{row.cpu_us:>8.0f}{span:>16}{row.difference_us:>+9.1f}{row.ratio:>8.3f}{ratios:>15}{sql:>7}"
        )
    lines.append(
        f"load server: {report.server_cpu_us:.0f}, and {report.server_share:.0%} of a core at the most"
    )
    if report.server_share > BUSY_SERVER:
        lines.append("The load server was too busy for these figures to mean much.")
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ping", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each bot runs (5)")
    parser.add_argument("--commands", type=int, default=3000, help="commands measured each time (3000)")
    parser.add_argument("--warm-up", type=int, default=500, help="commands before that (500)")
    parser.add_argument("--db", action="store_true", help="also Wisp with its default database, SQLite")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found; 1 if it could not."""
    asked = parse(arguments)
    try:
        with load_server() as url, TemporaryDirectory() as folder:
            task = Task(url, asked.commands, asked.warm_up)
            who = contestants(Path(folder) if asked.db else None)
            report = summary(compete(who, task, asked.rounds), task)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(report)) if asked.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
