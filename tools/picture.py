"""The picture of the README: a real dialogue with the demo bot, drawn as text in an SVG."""

import subprocess
from html import escape

from tools.environment import ROOT, Environment, clean_variables

TARGET = ROOT / "docs" / "assets" / "dialogue.svg"
LINES = (
    "/ping",
    "/modules disable module:ping",
    "/ping",
    "/modules enable module:ping",
    "/ping",
    "/meet what:Tea at four",
)
LINE_PX = 24
WIDTH_PX = 760
MARGIN_PX = 28
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
  role="img" aria-label="{label}">
<rect width="{width}" height="{height}" rx="12" fill="#1e1f22"/>
<circle cx="28" cy="24" r="6" fill="#f23f43"/>
<circle cx="48" cy="24" r="6" fill="#f0b232"/>
<circle cx="68" cy="24" r="6" fill="#23a55a"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="15">
{rows}
</g>
</svg>
"""


def draw(environment: Environment) -> str:
    """Play the dialogue and draw what a member saw."""
    command = [str(environment.program("wisp")), "try", "--app", "examples.demo:app", *LINES]
    ran = subprocess.run(
        command, cwd=ROOT, env=clean_variables(), capture_output=True, text=True, encoding="utf-8", check=True
    )
    lines = ran.stdout.rstrip().splitlines()
    rows = "\n".join(_row(number, line) for number, line in enumerate(lines))
    height = 2 * MARGIN_PX + 20 + LINE_PX * len(lines)
    return FRAME.format(
        width=WIDTH_PX, height=height, rows=rows, label=escape("A dialogue with the demo bot", quote=True)
    )


def _row(number: int, line: str) -> str:
    colour = "#dbdee1" if line.startswith(" ") else "#80a8ff"
    y = 2 * MARGIN_PX + 12 + LINE_PX * number
    return f'<text x="{MARGIN_PX}" y="{y}" fill="{colour}" xml:space="preserve">{escape(line)}</text>'
