"""A dialogue that is written down: acted out from its first line to its last."""

from pathlib import Path

from wisp_framework.cli.dialogue import Dialogue
from wisp_framework.cli.line import Line
from wisp_framework.cli.offline import offline_bot
from wisp_framework.cli.output import Printer, json_line
from wisp_framework.cli.play import read_world
from wisp_sim import Sim


async def perform(
    script: list[Line],
    target: str | None,
    world: Path | None,
    data_dir: Path,
    patience_s: float,
    *,
    as_json: bool,
) -> bool:
    """Act out every line on a fresh offline Discord and print what comes of it.

    Returns:
        Whether every line went well.

    Raises:
        WispError: the bot or the offline Discord does not start.
    """
    went_well = True
    printer = Printer()
    sim = Sim(read_world(world))
    async with offline_bot(target, sim, data_dir=data_dir, patience_s=patience_s) as offline:
        dialogue = Dialogue(offline)
        for line in script:
            turned = await dialogue.act(line)
            if as_json:
                printer.raw(json_line(line, turned))
            else:
                printer.turned(line, turned)
            went_well = went_well and turned.went_well
    return went_well
