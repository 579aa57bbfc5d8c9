"""Tests on the offline Discord beside the same tests on simcord, which fakes the inside of discord.py.

Each test starts a fresh guild and bot, runs one slash command and checks the answer; 20 of each kind, twice
in turn, the better run of each counts. Imports and one test to warm up are not counted. Told is the time that
passed, of which the ratio is made, and the CPU time of the whole process: simcord waits by the machine's
clock, 0.05 s and more each time it settles, so only a quiet machine gives a fair ratio. Needs an environment
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
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

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
    start, cpu = time.perf_counter(), time.process_time()
    result = yield
    took.extend([time.perf_counter() - start, time.process_time() - cpu])
    return result

def pytest_sessionfinish():
    with open("took.txt", "w") as file:
        file.write(" ".join(str(1000 * seconds) for seconds in took[2:]))
"""


@dataclass(frozen=True)
class Run:
    """What each test of a run took, set-up and tear-down included, in milliseconds."""

    passed: list[float]
    cpu: list[float]


def measure(python: str, test: str, plugins: list[str]) -> Run:
    """Run all tests once."""
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
        took = [float(word) for word in (folder / "took.txt").read_text().split()]
        return Run(took[::2], took[1::2])


def main() -> None:
    """Measure both and print time per test and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="where both are installed")
    python = parser.parse_args().python
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(ROUNDS):
        theirs.append(measure(python, THEIRS, ["-p", "no:wisp_sim.pytest_plugin"]))
        ours.append(measure(python, OURS, ["-p", "no:simcord", "-p", "wisp_sim.pytest_plugin"]))
    one, other = (min(runs, key=lambda run: sum(run.passed)) for runs in (ours, theirs))
    print("test  wisp_sim ms (CPU)   simcord ms (CPU)")
    rows = zip(one.passed, one.cpu, other.passed, other.cpu, strict=True)
    for number, row in enumerate(rows, 1):
        print(f"{number:>4}  {told(*row)}")
    means = (mean(one.passed), mean(one.cpu), mean(other.passed), mean(other.cpu))
    print(f"mean  {told(*means)}  ratio {means[0] / means[2]:.2f}")


def told(passed: float, cpu: float, other_passed: float, other_cpu: float) -> str:
    """The figures of one row."""
    return f"{passed:>11.1f} ({cpu:.1f})  {other_passed:>11.1f} ({other_cpu:.1f})"


if __name__ == "__main__":
    main()
