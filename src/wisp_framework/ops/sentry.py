"""Unexpected failures, told to Sentry: with the reference that the member saw, the module and the command."""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import redact
from wisp_framework.context import current_invocation
from wisp_framework.exceptions import MissingExtraError
from wisp_framework.utils.ownership import current_owner
from wisp_framework.version import __version__

FLUSH_LIMIT_S: Final = 2.0
_OWN_LOGGERS: Final = ("sentry_sdk", "urllib3")
_REFERENCE = re.compile(r"\(reference (?P<reference>[0-9A-Z]{8})\)")


class SentryReports:
    """Tells Sentry of every error that is logged with its exception; without ``SENTRY_DSN`` it does nothing.

    What is expected, refusals and mistakes of members, is not logged as an error and is not told. The client
    is the bot's own: nothing of Sentry's is installed into other code.
    """

    def __init__(self, config: AppConfig) -> None:
        self._config = config
        self._handler: _SentryHandler | None = None

    def start(self) -> None:
        """Begin to tell.

        Raises:
            MissingExtraError: ``SENTRY_DSN`` is set, and the ``[sentry]`` extra is not installed.
        """
        if self._config.sentry_dsn is not None and self._handler is None:
            self._handler = _SentryHandler(self._config)
            logging.getLogger().addHandler(self._handler)

    async def stop(self) -> None:
        """Send what still waits, for two seconds at most; harmless when nothing was begun."""
        handler, self._handler = self._handler, None
        if handler is not None:
            logging.getLogger().removeHandler(handler)
            await asyncio.to_thread(handler.close)


class _SentryHandler(logging.Handler):
    """Takes records that have an exception with them."""

    def __init__(self, config: AppConfig) -> None:
        super().__init__(logging.ERROR)
        try:
            import sentry_sdk
            from sentry_sdk.utils import event_from_exception
        except ImportError as error:
            raise MissingExtraError("SENTRY_DSN", "sentry") from error
        dsn = config.sentry_dsn
        self._scope = sentry_sdk.Scope
        self._event_of = event_from_exception
        self._client = sentry_sdk.Client(
            dsn=dsn.get_secret_value() if dsn is not None else None,
            release=f"wisp-framework@{__version__}",
            environment=config.app_env,
            sample_rate=config.sentry_sample_rate,
            default_integrations=False,
            auto_enabling_integrations=False,
            # Variables hold tokens and what members wrote; the lines of code around a failure do not.
            include_local_variables=False,
            server_name="",
            before_send=cast("Any", _redacted),
        )

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a failure on; sending is done by a thread of Sentry's."""
        if record.exc_info is None or record.exc_info[1] is None or record.name.startswith(_OWN_LOGGERS):
            return
        try:
            event, hint = self._event_of(
                record.exc_info, self._client.options, {"type": "wisp", "handled": True}
            )
            event["level"] = "fatal" if record.levelno >= logging.CRITICAL else "error"
            event["logger"] = record.name
            event["logentry"] = {"message": record.getMessage(), "params": []}
            event["tags"] = _tags(record.getMessage())
            self._client.capture_event(event, hint, self._scope())
        except Exception:  # noqa: BLE001 - foreign code in the midst of a failure that must still be logged
            self.handleError(record)

    @override
    def close(self) -> None:
        """Send what waits and end the thread."""
        self._client.close(timeout=FLUSH_LIMIT_S)
        super().close()


def _tags(message: str) -> dict[str, str]:
    owner, invocation = current_owner(), current_invocation()
    found = _REFERENCE.search(message)
    tags = {"reference": found["reference"]} if found is not None else {}
    if owner is not None:
        tags["module"] = owner.name
    if invocation is not None:
        tags |= {
            "reference": invocation.reference,
            "module": invocation.module or "",
            "kind": invocation.kind.value,
            "command": invocation.name,
        }
    return tags


def _redacted(event: object, _hint: object) -> object:
    """An event with every secret hidden, wherever it stands."""
    if isinstance(event, str):
        return redact(event)
    if isinstance(event, Mapping):
        return {key: _redacted(value, _hint) for key, value in event.items()}
    if isinstance(event, list | tuple):
        return [_redacted(value, _hint) for value in event]
    return event
