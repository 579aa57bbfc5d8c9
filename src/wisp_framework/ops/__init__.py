"""What an operator asks a running bot over HTTP: is it alive, is it ready, how is each part, in figures."""

from wisp_framework.ops.operations import Operations
from wisp_framework.ops.report import OpsParts

__all__ = ["Operations", "OpsParts"]
