"""Builds the documentation, and keeps the parts of it that are made from the code in step with the code.

``python -m tools.docs`` builds; ``--write`` brings the generated parts up to date; ``--check`` does nothing
to the pages but fails when one of them is out of date, when a public module is missing in the reference, or
when the strict build has anything to say.
"""

import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from typer.testing import CliRunner

import wisp_framework
from wisp_framework.cli import app as cli
from wisp_framework.config import describe_settings
from wisp_framework.services.metric_names import METRICS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REGION = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """All settings: the variables, what they take, what holds when nobody says, what they are for."""
    rows = ["| Variable | Form | Default | Meaning |", "| --- | --- | --- | --- |"]
    for setting in describe_settings():
        names = ", ".join(f"`{name}`" for name in setting.names)
        default = (
            f"`{setting.default}`" if setting.default else "**required**" if setting.required else "none"
        )
        cells = (names, setting.form, default, setting.description)
        rows.append(f"| {' | '.join(map(cell, cells))} |")
    return "\n".join(rows)


def command_list() -> str:
    """What each command of the command line says of itself."""
    names = [str(command.name) for command in cli.registered_commands]
    for group in cli.registered_groups:
        inner = group.typer_instance.registered_commands if group.typer_instance is not None else []
        names += [f"{group.name} {command.name}" for command in inner]
    return "\n\n".join(f"### wisp {name}\n\n```text\n{own_help(name)}\n```" for name in names)


def own_help(command: str) -> str:
    """The ``--help`` of a command, the same on every terminal."""
    plain = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}
    said = CliRunner(env=plain).invoke(cli, [*command.split(), "--help"]).output
    return "\n".join(line.rstrip() for line in said.strip().splitlines())


def metrics_table() -> str:
    """All that Wisp measures, under the names that Prometheus reads."""
    rows = ["| Prometheus | Type | Labels | What |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        kind = "histogram" if metric.kind == "timing" else metric.kind
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.family}` | {kind} | {labels} | {cell(metric.help)} |")
    return "\n".join(rows)


def cell(text: str) -> str:
    """Text that stays within its column."""
    return " ".join(text.split()).replace("|", "\\|")


GENERATED: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "commands": command_list,
    "metrics": metrics_table,
}


def renewed(page: str) -> str:
    """A page with its generated parts as they should be now."""

    def fill(region: re.Match[str]) -> str:
        return f"{region[1]}\n{GENERATED[region['name']]()}\n\n{region[3]}"

    return REGION.sub(fill, page)


def stale_pages() -> Iterator[Path]:
    """Pages whose generated parts are out of date."""
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text("utf-8")
        if renewed(text) != text:
            yield path


def reference_gaps(site: Path) -> Iterator[str]:
    """The names on the face of Wisp that the built reference does not explain."""
    lines = (site / "objects.inv").read_bytes().split(b"\n", 4)
    explained = {line.split(" ", 1)[0] for line in zlib.decompress(lines[4]).decode().splitlines()}
    for name in wisp_framework.__all__:
        thing = getattr(wisp_framework, name)
        if isinstance(thing, str):
            continue
        if f"{thing.__module__}.{thing.__qualname__}" not in explained:
            yield f"{thing.__module__}.{thing.__qualname__}"


def build() -> list[str]:
    """Build the site strictly; returns what the build complained about."""
    zensical = Path(sys.executable).with_name("zensical")
    done = subprocess.run(
        [str(zensical), "build", "--strict"], cwd=ROOT, env=os.environ | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return []
    # After its own words come the insides of its command line, which help nobody.
    return [done.stdout.partition("Traceback (most recent call last)")[0].strip() or done.stdout.strip()]


def problems() -> list[str]:
    """All that is wrong with the documentation; also builds it."""
    found = [f"{path.relative_to(ROOT)} is out of date; run: make format" for path in stale_pages()]
    complaints = build()
    if complaints:
        return found + complaints
    return found + [f"{name} is missing in docs/api-reference" for name in reference_gaps(ROOT / "site")]


def write() -> None:
    """Bring all generated parts up to date."""
    for path in list(stale_pages()):
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
        print(f"{path.relative_to(ROOT)} brought up to date")


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; returns the exit status."""
    if "--write" in arguments:
        write()
        return 0
    found = problems() if "--check" in arguments else build()
    pages = sum(1 for _ in DOCS.rglob("*.md"))
    print("\n".join(found) or f"{pages} pages built into site/")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
