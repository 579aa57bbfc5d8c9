"""The control API: what a test in another process or language can do to an offline Discord."""

from wisp_sim.control.app import Control
from wisp_sim.control.controlled import Controlled

__all__ = ["Control", "Controlled"]
