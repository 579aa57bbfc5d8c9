"""``python -m benchmarks.watching``: what it costs a command to be counted, audited and traced.

The very calls that a command makes on its way, each set by itself, in a bot that has started with its
default database and logs as it does. Audit lines are written and its rows handed to the writer, so what is
put off until later counts. Traces are measured while nobody wants them.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import load_server
from benchmarks.timing import Act, per_call_us
from benchmarks.wisp_bot import PingModule, configuration
from wisp_framework import WispApp, create_app
from wisp_framework.context import Invocation, InvocationKind, new_reference
from wisp_framework.services import AuditService, MetricsService, TracingService
from wisp_framework.services.decisions import Decision
from wisp_framework.transport import Priority, RestCall, RestMetrics, RestTraces

BUDGET_US = 20.0
"""For audit and metrics of one command together."""


@dataclass(frozen=True)
class Report:
    """Microseconds of CPU per command, the least of all repeats.

    Attributes:
        pieces: each by itself.
        audit_and_metrics_us: the sum of which the budget speaks.
        budget_us: the most that it may be.
    """

    pieces: dict[str, float]
    audit_and_metrics_us: float
    budget_us: float


class Watched:
    """What watches a command, each to be called alone."""

    def __init__(self, app: WispApp) -> None:
        self._road = app.road
        self._metrics = app.services.get(MetricsService)
        self._audit = app.services.get(AuditService)
        self._tracing = app.services.get(TracingService)
        self._rest_metrics = RestMetrics(self._metrics)
        self._rest_traces = RestTraces(self._tracing)
        self._call = RestCall(
            "POST", "/interactions/{interaction_id}/{interaction_token}/callback", Priority(0)
        )
        self._call.status = HTTPStatus.NO_CONTENT
        invocation = Invocation(InvocationKind.COMMAND, "ping", PingModule.name, 1, 2, 3, new_reference())
        self._decision = Decision(invocation, app.clock.now(), app.clock.monotonic())
        self._decision.close(app.clock.monotonic())

    def all(self) -> dict[str, Act]:
        """Every piece, by its name."""
        return {
            "metrics of the command": self._count,
            "metrics of its answer": self._count_call,
            "audit": self._note,
            "traces, off": self._trace,
        }

    def _count(self) -> None:
        self._road._measure(self._decision)  # noqa: SLF001 - the very step that is measured
        self._metrics.timing("gateway.lag", 0.01)

    def _count_call(self) -> None:
        self._rest_metrics(self._call)()

    def _note(self) -> None:
        self._audit.log_action("command.completed", actor_id=3, guild_id=1, target="ping")

    def _trace(self) -> None:
        for _ in range(4):  # the event, the record's begin, the gates and the end
            if self._tracing.tracer is not None:
                raise AssertionError("traces are on")
        self._rest_traces(self._call)


async def measure(app: WispApp, calls: int, repeats: int) -> Report:
    """Measure an app that has started."""
    pieces = Watched(app).all()
    least = {
        name: min([await per_call_us(act, calls) for _ in range(repeats)]) for name, act in pieces.items()
    }
    wanted = sum(cost for name, cost in least.items() if not name.startswith("traces"))
    return Report(least, wanted, BUDGET_US)


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
    verdict = "kept" if report.audit_and_metrics_us <= report.budget_us else "BROKEN"
    return "\n".join(
        [
            "what watches a command, microseconds of CPU per command",
            *(f"  {name:<24}{cost_us:>8.2f}" for name, cost_us in report.pieces.items()),
            f"  {'audit and metrics':<24}{report.audit_and_metrics_us:>8.2f}",
            f"budget: {report.budget_us:.0f}: {verdict}",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--calls", type=int, default=5000, help="calls of each piece each time (5000)")
    parser.add_argument("--repeats", type=int, default=9, help="how often each is measured (9)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args(arguments)
    with load_server() as url, TemporaryDirectory() as folder:
        report = asyncio.run(run(url, Path(folder), asked.calls, asked.repeats))
    print(json.dumps(asdict(report)) if asked.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
