"""Tests on the offline Discord beside the same tests on simcord, which fakes the inside of discord.py.

Each test starts a fresh guild and bot, runs one slash command and checks the answer; 20 of each kind, twice
in turn, the better run of each counts. Imports and one test to warm up are not counted. Needs an environment
with both, because simcord's own pytest plugin must not get into Wisp's:

    python3 -m venv /tmp/bench
    /tmp/bench/bin/pip install '.[sim]' pytest pytest-asyncio simcord==3.2.1
    python -m benchmarks.sim_tests --python /tmp/bench/bin/python
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
ROUNDS = 2
LIMIT_S = 300

BOT = '''
import discord
import pytest
from discord.ext import commands

def make_bot():
    bot = commands.Bot(command_prefix="!", intents=discord.Intents.all())

    @bot.tree.command()
    async def ping(interaction: discord.Interaction) -> None:
        """Answer."""
        await interaction.response.send_message("pong", ephemeral=True)

    async def setup_hook():
        await bot.tree.sync()

    bot.setup_hook = setup_hook
    return bot
'''

OURS = (
    BOT
    + """
@pytest.mark.parametrize("number", range(21))
async def test_ping(sim, run_bot, number):
    await run_bot(make_bot())
    seen = await sim.person("Ada").slash("ping")
    assert seen.text == "pong"
    assert seen.message.ephemeral
"""
)

THEIRS = (
    BOT
    + """
@pytest.fixture
def simcord_bot():
    return make_bot()

@pytest.mark.parametrize("number", range(21))
async def test_ping(simcord_env, number):
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    ada = guild.add_member(simcord_env.create_user("ada"))
    result = await ada.slash(channel, "ping")
    assert result.response.content == "pong"
    assert result.ephemeral
"""
)

# The first test is the one to warm up.
CONFTEST = """
import time
import pytest

took = []

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    start = time.perf_counter()
    result = yield
    took.append(time.perf_counter() - start)
    return result

def pytest_sessionfinish():
    with open("took.txt", "w") as file:
        file.write(" ".join(str(1000 * seconds) for seconds in took[1:]))
"""


def measure(python: str, test: str, plugins: list[str]) -> list[float]:
    """Milliseconds of each test, set-up and tear-down included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_bench.py").write_text(test)
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "pytest.ini").write_text(
            "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
        )
        subprocess.run(  # noqa: S603  # the interpreter that the caller named
            [python, "-m", "pytest", "-q", *plugins],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            check=True,
            timeout=LIMIT_S,
            stdout=subprocess.DEVNULL,
        )
        return [float(word) for word in (folder / "took.txt").read_text().split()]


def main() -> None:
    """Measure both and print time per test and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="where both are installed")
    python = parser.parse_args().python
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    for _ in range(ROUNDS):
        theirs.append(measure(python, THEIRS, ["-p", "no:wisp_sim.pytest_plugin"]))
        ours.append(measure(python, OURS, ["-p", "no:simcord", "-p", "wisp_sim.pytest_plugin"]))
    best_ours, best_theirs = min(ours, key=sum), min(theirs, key=sum)
    print("test  wisp_sim ms  simcord ms")
    for number, (one, other) in enumerate(zip(best_ours, best_theirs, strict=True), 1):
        print(f"{number:>4}  {one:>11.1f}  {other:>10.1f}")
    mean_ours, mean_theirs = sum(best_ours) / len(best_ours), sum(best_theirs) / len(best_theirs)
    print(f"mean  {mean_ours:>11.1f}  {mean_theirs:>10.1f}  ratio {mean_ours / mean_theirs:.2f}")


if __name__ == "__main__":
    main()
