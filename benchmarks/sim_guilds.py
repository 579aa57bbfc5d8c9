"""What it costs the offline Discord to deliver many guilds to one bot.

The server runs in a process of its own; a client that only reads identifies, and waits for the last
GUILD_CREATE. Run: ``python -m benchmarks.sim_guilds [--guilds 2000] [--members 20]``.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

INTENTS = 3243773  # everything that is not privileged


def usage(pid: int) -> tuple[float, float]:
    """CPU seconds and resident megabytes of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return ticks / 100, pages * 4096 / 2**20


def world(guilds: int, members: int) -> dict[str, object]:
    """Guilds of some people with one bot, three roles and eight channels each."""
    people = [{"name": f"user{number}"} for number in range(members)]
    channels = [{"name": f"channel-{number}"} for number in range(8)]
    roles = [{"name": f"role{number}", "permissions": ["send_messages"]} for number in range(3)]
    described = [
        {"name": f"guild {number}", "roles": roles, "channels": channels} for number in range(guilds)
    ]
    return {"bots": [{"name": "Wisp"}], "users": people, "guilds": described}


async def deliver(described: dict[str, str], token: str, guilds: int) -> tuple[float, int]:
    """Seconds and bytes until all guilds have come."""
    started, size, come = time.perf_counter(), 0, 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(described["gateway"], max_msg_size=0) as socket,
    ):
        await socket.send_json({"op": 2, "d": {"token": token, "intents": INTENTS, "properties": {}}})
        while come < guilds:
            text = (await socket.receive()).data
            size += len(text)
            come += '"t":"GUILD_CREATE"' in text[:24]
    return time.perf_counter() - started, size


def main() -> None:
    """Print the figures of one delivery, and of a second one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guilds", type=int, default=2000)
    parser.add_argument("--members", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.json"
        file.write_text(json.dumps(world(chosen.guilds, chosen.members)))
        command = [sys.executable, "-m", "wisp_framework", "sim", "--world", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            assert server.stdout is not None
            described = json.loads(server.stdout.readline())
            for turn in ("first", "second"):
                cpu_s, rss_mb = usage(server.pid)
                wall_s, size = asyncio.run(deliver(described, described["bots"][0]["token"], chosen.guilds))
                spent_s, now_mb = usage(server.pid)
                print(
                    f"{turn}: {chosen.guilds} guilds, {size / 2**20:.1f} MB in {wall_s:.2f} s;"
                    f" server CPU {spent_s - cpu_s:.2f} s, RSS {rss_mb:.0f} -> {now_mb:.0f} MB"
                )
            server.terminate()


if __name__ == "__main__":
    main()
