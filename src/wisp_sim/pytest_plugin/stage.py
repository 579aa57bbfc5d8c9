"""The offline Discord of one test."""

import logging
from collections.abc import Mapping
from typing import Self

from typing_extensions import override

from wisp_sim.process_clock import ProcessClock
from wisp_sim.server.sim import Sim
from wisp_sim.world import World

DEFAULT_WORLD: Mapping[str, object] = {
    "bots": [{"name": "Bot"}],
    "users": [{"name": "Ada"}, {"name": "Grace"}, {"name": "Mallory"}],
    "guilds": [
        {
            "name": "Lab",
            "owner": "Ada",
            "members": ["Bot", "Ada", "Mallory"],
            "channels": [{"name": "general"}, {"name": "lobby"}],
        }
    ],
}
"""Ada owns the guild, Mallory is a member like any other, Grace is not there yet."""


class Stage:
    """An offline Discord with a clock that moves this whole process.

    Args:
        world: who and what there is; `DEFAULT_WORLD` for None.
    """

    def __init__(self, world: Mapping[str, object] | World | None) -> None:
        found = world if isinstance(world, World) else World.from_mapping(world or DEFAULT_WORLD)
        self._clock = ProcessClock()
        self.sim = Sim(found, clock=self._clock)
        self._listener = _LogLines(self.sim.dialogue)

    async def __aenter__(self) -> Self:
        self._clock.start()
        logging.getLogger().addHandler(self._listener)
        try:
            await self.sim.start()
        except BaseException:
            self._let_go()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        try:
            await self.sim.close()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        logging.getLogger().removeHandler(self._listener)
        self._clock.stop()


class _LogLines(logging.Handler):
    """Puts what is logged between the lines of the dialogue."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.INFO)
        self._lines = lines

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"  log: {record.levelname} {record.name}: {record.getMessage()}")
        if record.exc_info and record.exc_info[1] is not None:
            self._lines.append(f"  log: {record.exc_info[1]!r}")
