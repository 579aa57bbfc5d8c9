"""JSON objects as they travel: read through a form, written by a view."""

from typing import TypeAlias

Payload: TypeAlias = dict[str, object]
"""A JSON object; what its values are is found out where it is read."""
