"""From nothing to a bot that runs, and back: the start-up list, the shut-down list and signals."""

from wisp_framework.lifecycle.manager import LifecycleManager, Parts
from wisp_framework.lifecycle.signals import stop_signals

__all__ = ["LifecycleManager", "Parts", "stop_signals"]
