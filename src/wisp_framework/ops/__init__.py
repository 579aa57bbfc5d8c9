"""What an operator asks a running bot over HTTP: is it alive, is it ready, how is each part, in figures."""

from wisp_framework.ops.report import OpsParts
from wisp_framework.ops.server import OpsServer

__all__ = ["OpsParts", "OpsServer"]
