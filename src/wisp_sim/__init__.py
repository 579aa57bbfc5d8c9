"""An offline Discord: REST and gateway on this machine, for any Discord library."""

from wisp_sim.clock import Clock, ManualClock, SimClock
from wisp_sim.model.errors import SimError, SnapshotError, WorldError
from wisp_sim.server.sim import Sim
from wisp_sim.world import World

__all__ = ["Clock", "ManualClock", "Sim", "SimClock", "SimError", "SnapshotError", "World", "WorldError"]
