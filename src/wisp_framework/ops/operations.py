"""All that operators have of a running bot: the door at which they ask, and reports of what failed."""

from wisp_framework.ops.report import OpsParts
from wisp_framework.ops.sentry import SentryReports
from wisp_framework.ops.server import OpsServer


class Operations:
    """Begins before the first service and ends after the last."""

    def __init__(self, parts: OpsParts) -> None:
        self._server = OpsServer(parts)
        self._reports = SentryReports(parts.config)

    @property
    def port(self) -> int | None:
        """Where operators are answered; None where they are not."""
        return self._server.port

    async def start(self) -> None:
        """Begin to report and to answer.

        Raises:
            ConfigError: others could reach the door and no token is set, or its address cannot be had.
            MissingExtraError: reports are wanted, and the extra that makes them is not installed.
        """
        self._reports.start()
        await self._server.start()

    async def stop(self) -> None:
        """Stop answering, and send the reports that wait; harmless when nothing was begun."""
        await self._server.stop()
        await self._reports.stop()
