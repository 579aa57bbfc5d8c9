"""A bot that knows nothing of Wisp, on ``wisp sim``: two processes and the wire between them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wisp_sim.people import Person

BOT = Path(__file__).parent.parent / "support" / "plain_script.py"
REDIRECTED = """
import os, runpy, discord, yarl
discord.http.Route.BASE = os.environ["API"]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])
runpy.run_path(os.environ["BOT"], run_name="__main__")
"""


@contextmanager
def program(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Python program and the first line it prints; ended at the end."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env=os.environ | variables
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.terminate()


async def test_a_plain_bot_runs_unmodified() -> None:
    """Its file is run as it is, with discord.py's two constants pointed elsewhere; a member uses it."""
    with program("-m", "wisp_framework", "sim") as (_, line):
        sim = json.loads(line)
        wiring = {"API": sim["api"], "GATEWAY": sim["gateway"], "BOT": str(BOT)}
        with program("-c", REDIRECTED, DISCORD_TOKEN=sim["bots"][0]["token"], **wiring) as (_, ready):
            assert ready == "ready\n"
            async with Person(api_url=sim["api"], token=sim["users"][0]["token"]) as ada:
                assert f"hello {ada.name}" in (await ada.slash("hello")).text
                assert "hello again" in (await ada.click("Again")).text
