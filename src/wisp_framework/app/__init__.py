"""The only room that knows every part, and joins them."""

from wisp_framework.app.app import ModuleSpec, ServiceSpec, WispApp, create_app, service_name
from wisp_framework.app.stores import has_database

__all__ = ["ModuleSpec", "ServiceSpec", "WispApp", "create_app", "has_database", "service_name"]
