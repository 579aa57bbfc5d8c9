"""Log lines: set up once, a request id in each, and no secret in any."""

from wisp_framework.logs.bound import bind_request, get_logger
from wisp_framework.logs.setup import LoggingHandle, setup_logging

__all__ = ["LoggingHandle", "bind_request", "get_logger", "setup_logging"]
