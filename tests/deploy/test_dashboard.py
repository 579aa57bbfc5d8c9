"""The Grafana dashboard: every query asks for what a bot tells, and has an answer."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from support.offline import offline
from support.tea import TeaModule
from wisp_framework.services import MetricsService
from wisp_framework.services.metric_names import METRICS

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/wisp.json").read_text("utf-8"))
PROMTOOL = shutil.which("promtool")
MINUTES = 10
OF_THE_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}

_SELECTOR = re.compile(r"(?P<name>[a-z_]+)\{(?P<labels>[^}]*)\}")
_GROUPING = re.compile(r"by \((?P<labels>[^)]*)\)")


def _queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


QUERIES = tuple(_queries())


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """Every sample that Wisp's own metrics have, with its labels."""
    found: dict[str, set[str]] = {name: set() for name in OF_THE_PROCESS}
    for metric in METRICS:
        if metric.kind == "timing":
            found[f"{metric.family}_bucket"] = {*metric.labels, "le"}
            found[f"{metric.family}_sum"] = found[f"{metric.family}_count"] = set(metric.labels)
        else:
            found[metric.family] = set(metric.labels)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_asks_for_what_there_is(query: str, known: dict[str, set[str]]) -> None:
    """Each name in a query is that of a metric, and each label one that it has."""
    asked = [(found["name"], found["labels"]) for found in _SELECTOR.finditer(query)]
    assert asked
    for name, labels in asked:
        assert name in known, f"{name} is measured nowhere"
        used = {part.partition("=")[0].rstrip("!") for part in labels.split(",")} - {"instance"}
        assert used <= known[name], f"{name} has no label {used - known[name]}"
    for found in _GROUPING.finditer(query):
        grouped = {label.strip() for label in found["labels"].split(",")}
        assert grouped <= set.union(*(known[name] for name, _ in asked)), query


def test_can_be_imported() -> None:
    """Panels have ids and places of their own, and the data source is asked for."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [tuple(panel["gridPos"].values()) for panel in panels]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert {one["name"] for one in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}


@pytest.mark.skipif(
    PROMTOOL is None, reason="needs promtool, of Debian's package prometheus, to evaluate PromQL"
)
async def test_every_query_has_an_answer(tmp_path: Path) -> None:
    """What a bot tells, taken in twice, answers each query, as Prometheus itself evaluates it."""
    first, second = await _scrapes(tmp_path)
    series = [
        {"series": name, "values": " ".join([str(first.get(name, 0.0)), *[str(value)] * MINUTES])}
        for name, value in second.items()
    ]
    tests = [
        {
            "expr": f"count({_filled(query)}) > bool 0",
            "eval_time": "2m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for query in QUERIES
    ]
    rules = {
        "rule_files": [],
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}],
    }
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump(rules), "utf-8")

    tool = await asyncio.create_subprocess_exec(
        str(PROMTOOL), "test", "rules", str(file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await tool.communicate()

    assert tool.returncode == 0, said.decode()


async def _scrapes(folder: Path) -> list[dict[str, float]]:
    """All series of a bot, before and after it was used; what did not happen is measured by hand."""
    found = []
    async with (
        offline(TeaModule(), data_dir=folder, database_url=None, ops_port=0) as here,
        aiohttp.ClientSession(f"http://127.0.0.1:{here.app.ops.port}") as operator,
    ):
        await here.app.idle()
        metrics = here.app.services.get(MetricsService)
        ada = await here.person("Ada")
        for _ in range(2):
            await ada.slash("keep")
            await ada.slash("spill")
            _measure_all(metrics)
            async with operator.get("/metrics") as answer:
                found.append(_series(await answer.text()))
    return found


def _measure_all(metrics: MetricsService) -> None:
    for metric in METRICS:
        labels = {label: {"outcome": "failed"}.get(label, "some") for label in metric.labels}
        if metric.kind == "counter":
            metrics.increment(metric.name, 1, **labels)
        elif metric.kind == "timing":
            metrics.timing(metric.name, 0.1, **labels)
        elif not any(key.startswith(metric.name) for key in metrics.get_metrics().gauges):
            metrics.gauge(metric.name, 1, **labels)


def _series(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {**sample.labels, "instance": "bot:9091"}
            told = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items())
            found[f"{sample.name}{{{told}}}"] = sample.value
    return found


def _filled(query: str) -> str:
    return query.replace("$__rate_interval", "5m").replace("$instance", ".*")
