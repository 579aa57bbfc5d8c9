"""The fixtures of the plugin, in place of those that the tests of the simulator have."""

from wisp_sim.pytest_plugin import run_bot, sim, sim_world

__all__ = ["run_bot", "sim", "sim_world"]
