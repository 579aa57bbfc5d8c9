"""The fixtures of the pytest plugins."""

from wisp_framework.testing import start_app
from wisp_sim.pytest_plugin import run_bot, sim, sim_world

__all__ = ["run_bot", "sim", "sim_world", "start_app"]
