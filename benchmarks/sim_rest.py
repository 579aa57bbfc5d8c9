"""Simple REST calls on the offline Discord beside a bare aiohttp handler that returns a fixed body.

The same client asks both in turn, in one process each: the server has a process of its own.

    python -m benchmarks.sim_rest
"""

import asyncio
import json
import multiprocessing
import time
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web

from wisp_sim import Sim

REQUESTS = 3000
WORKERS = 8
ROUNDS = 3


async def serve_sim(pipe: Connection) -> None:
    """An offline Discord with the demo world, until the process is ended."""
    async with Sim() as sim:
        guild = sim.guild("Lovelace's Lab")
        channel = guild.channel("general").id
        base = f"{sim.api_url}/channels/{channel}"
        pipe.send((base, sim.bot(sim.bot_names()[0]).token))
        await asyncio.Event().wait()


async def serve_bare(pipe: Connection, body: bytes) -> None:
    """A handler that always says the same."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "application/json"})

    app = web.Application()
    app.router.add_get("/api/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send((f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10/channels/1", "token"))
    await asyncio.Event().wait()


def run_sim(pipe: Connection) -> None:
    """The entry of one process."""
    asyncio.run(serve_sim(pipe))


def run_bare(pipe: Connection, body: bytes) -> None:
    """The entry of the other."""
    asyncio.run(serve_bare(pipe, body))


async def rate(url: str, token: str) -> float:
    """Requests per second, by several workers at once."""
    left = REQUESTS

    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {token}"}) as session:

        async def work() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                async with session.get(url) as response:
                    assert response.status == 200
                    json.loads(await response.read())

        start_s = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        return REQUESTS / (time.perf_counter() - start_s)


async def fetch(url: str, token: str) -> bytes:
    """One answer, to be repeated by the bare handler."""
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        return await response.read()


def main() -> None:
    """Measure both in turn and print the best rate of each."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    sim = context.Process(target=run_sim, args=(far,), daemon=True)
    sim.start()
    sim_at: tuple[str, str] = near.recv()
    bare = context.Process(target=run_bare, args=(far, asyncio.run(fetch(*sim_at))), daemon=True)
    bare.start()
    bare_at: tuple[str, str] = near.recv()
    best_sim = best_bare = 0.0
    for _ in range(ROUNDS):
        best_bare = max(best_bare, asyncio.run(rate(*bare_at)))
        best_sim = max(best_sim, asyncio.run(rate(*sim_at)))
    ratio = best_sim / best_bare
    print(f"GET channel: wisp_sim {best_sim:.0f}/s, bare aiohttp {best_bare:.0f}/s, {ratio:.2f}x")
    sim.terminate()
    bare.terminate()


if __name__ == "__main__":
    main()
