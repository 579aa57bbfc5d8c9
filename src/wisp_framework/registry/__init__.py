"""Which modules there are: registration, discovery, order, loading, the switch and the visible lists."""

from wisp_framework.registry.extension import ExtensionModule
from wisp_framework.registry.lists import CommandLists
from wisp_framework.registry.payloads import Payload
from wisp_framework.registry.registry import ModuleHost, ModuleRegistry, ModuleStatus
from wisp_framework.registry.sync import CommandSync, Need

__all__ = [
    "CommandLists",
    "CommandSync",
    "ExtensionModule",
    "ModuleHost",
    "ModuleRegistry",
    "ModuleStatus",
    "Need",
    "Payload",
]
