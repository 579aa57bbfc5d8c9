"""The command lists at Discord outlive the process."""

import aiohttp

from support.offline import WORLD, offline_config
from support.probe import ProbeModule
from wisp_framework import create_app
from wisp_sim import Sim, World


async def listed(sim: Sim, where: str) -> list[tuple[str, str]]:
    """Name and id of each command in one list, as Discord has it."""
    headers = {"Authorization": f"Bot {sim.bot('Wisp').token}"}
    url = f"{sim.api_url}/applications/{sim.bot('Wisp').id}{where}/commands"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return sorted((command["name"], command["id"]) for command in await answer.json())


async def test_stopping_and_starting_leaves_the_lists_as_they_are() -> None:
    """Neither a stop nor a start makes a command anew: ids, and what admins set for them, stay."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        seen: list[list[tuple[str, str]]] = []
        for _ in range(2):
            app = create_app(offline_config(sim), modules=[ProbeModule()])
            await app.start()
            await app.idle()
            seen.append(await listed(sim, "") + await listed(sim, f"/guilds/{sim.guild('Lab').id}"))
            await app.close()
            seen.append(await listed(sim, "") + await listed(sim, f"/guilds/{sim.guild('Lab').id}"))

        assert "probe" in dict(seen[0])
        assert seen == [seen[0]] * 4
