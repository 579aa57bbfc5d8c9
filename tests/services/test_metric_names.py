"""The list of what Wisp measures: whole, and as the code has it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import wisp_framework
from wisp_framework.services.metric_names import METRICS, family_name

KINDS = {"increment": "counter", "count_to": "counter", "gauge": "gauge", "timing": "timing"}
OWN_WORDS = {"value", "duration_s"}
SOURCE = Path(wisp_framework.__file__).parent


def _calls(tree: ast.AST) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Method, name and labels of everything that looks like a call of the metrics."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr in KINDS and "metrics" in ast.unparse(node.func.value):
            words = [keyword.arg for keyword in node.keywords if keyword.arg not in OWN_WORDS]
            labels = tuple(word for word in words if word is not None)
            for name in _names(node.args[0]):
                yield node.func.attr, name, labels


def _names(written: ast.expr) -> Iterator[str]:
    """The names that a first argument may be; none where it is made up at run time."""
    parts = [written.body, written.orelse] if isinstance(written, ast.IfExp) else [written]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def test_tells_all_that_is_measured() -> None:
    """Every name that the code measures under is in the list, of the same kind and with the same labels."""
    listed: dict[tuple[str, str], set[str]] = {
        (metric.name, metric.kind): set(metric.labels) for metric in METRICS
    }
    missing = []
    for file in SOURCE.rglob("*.py"):
        for method, name, labels in _calls(ast.parse(file.read_text(encoding="utf-8"))):
            if listed.get((name, KINDS[method])) != set(labels):
                missing.append(f"{file.relative_to(SOURCE)}: {name} ({KINDS[method]}) {labels}")

    assert missing == []


def test_tells_each_once() -> None:
    """No name is in the list twice."""
    assert len({metric.family for metric in METRICS}) == len(METRICS)


def test_names_as_prometheus_wants_them() -> None:
    """A counter ends in _total, a duration in _seconds, and no ending is doubled."""
    assert family_name("db.query", "timing") == "wisp_db_query_seconds"
    assert family_name("jobs", "counter") == "wisp_jobs_total"
    assert family_name("jobs_total", "counter") == "wisp_jobs_total"
    assert family_name("queue-size", "gauge") == "wisp_queue_size"
