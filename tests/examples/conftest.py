"""Fixtures for the tests of the examples."""

from wisp_framework.testing import start_app
from wisp_sim.pytest_plugin import sim, sim_world

__all__ = ["sim", "sim_world", "start_app"]
