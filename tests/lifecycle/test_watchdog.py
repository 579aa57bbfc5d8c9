"""An event loop that stands still: who is told, and what the member sees."""

import io
import json
import sys
from pathlib import Path

from typing_extensions import override

from support.children import child
from support.offline import WORLD
from wisp_framework.lifecycle.watchdog import where
from wisp_sim import ManualClock, Sim, World
from wisp_sim.people import Person

SCRIPT = Path(__file__).parent.parent / "support" / "blocking_bot.py"


async def test_a_blocked_loop_is_reported_and_its_member_answered() -> None:
    """The member sees the bot think, then the answer; the log names module, function and line."""
    async with (
        Sim(World.from_mapping(WORLD), clock=ManualClock()) as sim,
        child([sys.executable, str(SCRIPT)], sim) as bot,
        Person(api_url=sim.api_url, token=sim.user("Ada").token) as ada,
    ):
        await bot.connected()
        ada.go(guild="Lab", channel="general")

        async def is_listed() -> bool:
            return "/block" in [command.name for command in await ada.commands()]

        await bot.until(is_listed)
        seen = await ada.slash("block")

        async def is_answered() -> bool:
            nonlocal seen
            if "after all" not in seen.text:
                seen = await ada.news()
            return "after all" in seen.text

        await bot.until(is_answered)
        said = await bot.end()

    assert not seen.failure
    line = (
        SCRIPT.read_text()
        .splitlines()
        .index("                time.sleep(0.01)  # noqa: ASYNC251 - the very mistake")
    )
    assert "the event loop has stood still for" in said
    assert "__main__.Blocking.setup.<locals>.block, line" in said
    assert str(line + 1) in said or str(line) in said
    assert "(module blocking, block)" in said
    assert "the event loop goes on after" in said


def test_the_place_is_the_authors_own_code() -> None:
    """What blocks deep in the standard library is named by the line that called it."""
    frames = []

    class Stream(io.StringIO):
        """Looks at the stack while it is written to."""

        @override
        def write(self, text: str, /) -> int:
            frames.append(sys._getframe(1))
            return len(text)

    json.dump({"a": 1}, Stream())
    place = where(frames[0])

    assert frames[0].f_globals["__name__"] == "json"
    assert place.module == __name__
    assert place.function == "test_the_place_is_the_authors_own_code"
