"""The world of ``wisp dev``, kept from one run to the next."""

import importlib.util
from pathlib import Path

from wisp_framework.cli.play import read_world
from wisp_framework.exceptions import CommandLineError
from wisp_sim import Sim, SimError
from wisp_sim.clock import Clock, SimClock

WORLD_FILE = "world.json"
_OF_THE_BOT = ("wisp.db", "wisp.db-wal", "wisp.db-shm")


class KeptWorld:
    """Where an offline Discord goes on from.

    Args:
        folder: where it rests, beside the bot's data.
        given: a world file; then nothing is kept, and each run begins with it.
    """

    def __init__(self, folder: Path, given: Path | None) -> None:
        self._folder = folder
        self._given = given
        self.clock: Clock = _clock()

    @property
    def file(self) -> Path:
        """The snapshot."""
        return self._folder / WORLD_FILE

    @property
    def is_new(self) -> bool:
        """Nothing was kept, so the world begins now."""
        return self._given is not None or not self.file.exists()

    def open(self, port: int) -> Sim:
        """The offline Discord as it was left, or a new one; it is not started.

        Raises:
            CommandLineError: the snapshot or the world file cannot be read.
        """
        if self.is_new:
            return Sim(read_world(self._given), port=port, clock=self.clock)
        try:
            return Sim.load(self.file, port=port, clock=self.clock)
        except SimError as error:
            raise CommandLineError(f"{error}. Remove {self.file} to begin anew.") from error

    def save(self, sim: Sim) -> None:
        """Keep it for the next run."""
        if self._given is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            sim.save(self.file)

    def forget(self) -> None:
        """Begin anew the next time, the bot's own data included."""
        for name in (WORLD_FILE, *_OF_THE_BOT):
            (self._folder / name).unlink(missing_ok=True)


def _clock() -> Clock:
    """One that can be moved, where what that needs is installed."""
    if importlib.util.find_spec("time_machine") is None:
        return SimClock()
    from wisp_sim.process_clock import ProcessClock

    return ProcessClock()
