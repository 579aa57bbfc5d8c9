"""An offline Discord: REST and gateway on this machine, for any Discord library."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wisp_sim.clock import Clock, ManualClock, SimClock
    from wisp_sim.model.errors import SimError, SnapshotError, WorldError
    from wisp_sim.server.sim import Sim
    from wisp_sim.world import World

__all__ = ["Clock", "ManualClock", "Sim", "SimClock", "SimError", "SnapshotError", "World", "WorldError"]

_HOMES = {
    "Clock": "wisp_sim.clock",
    "ManualClock": "wisp_sim.clock",
    "SimClock": "wisp_sim.clock",
    "SimError": "wisp_sim.model.errors",
    "SnapshotError": "wisp_sim.model.errors",
    "WorldError": "wisp_sim.model.errors",
    "Sim": "wisp_sim.server.sim",
    "World": "wisp_sim.world",
}


def __getattr__(name: str) -> object:
    """Load a part when it is asked for: pytest imports this package in every run, used or not."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = vars(import_module(_HOMES[name]))[name]
    globals()[name] = found
    return found
