"""``wisp check --offline``: a start on an offline Discord shows what nothing but a start can show."""

from collections.abc import AsyncIterator
from pathlib import Path

from wisp_framework.cli.findings import Finding, Level
from wisp_framework.cli.offline import Offline, offline_bot
from wisp_framework.exceptions import ModuleError, WispError
from wisp_framework.services import HealthState
from wisp_sim import Sim, World

PATIENCE_S = 10.0


async def offline_findings(target: str | None, data_dir: Path) -> list[Finding]:
    """What comes of starting the bot with every module on, those that are off by default, too."""
    try:
        async with offline_bot(
            target, Sim(World.demo()), data_dir=data_dir, patience_s=PATIENCE_S
        ) as offline:
            return [finding async for finding in _of(offline)]
    except WispError as error:
        return [Finding(Level.ERROR, "start", str(error))]


async def _of(offline: Offline) -> AsyncIterator[Finding]:
    async for finding in _switch_all_on(offline):
        yield finding
    await offline.settle()
    modules = offline.app.modules
    for name, error in modules.failures.items():
        yield Finding(Level.ERROR, f"module {name}", error.reason)
    good = [name for name in modules.list_modules() if modules.is_loaded(name)]
    yield Finding(Level.OK, "set up", ", ".join(good))
    lists = await offline.app.sync.check_health()
    if lists.state is HealthState.OK:
        yield Finding(Level.OK, "commands", "Discord would take them all")
    else:
        yield Finding(Level.ERROR, "commands", lists.detail)


async def _switch_all_on(offline: Offline) -> AsyncIterator[Finding]:
    guild_id = offline.sim.guild(offline.world.guilds[0].name).id
    owner_id = offline.sim.user(offline.host).id
    modules = offline.app.modules
    for name in modules.list_modules():
        if name in modules.failures or modules.is_enabled(guild_id, name):
            continue  # the start has tried it
        try:
            await modules.load(name)
            await modules.switch(guild_id, name, enabled=True, actor_id=owner_id, with_others=True)
        except ModuleError as error:
            yield Finding(Level.ERROR, f"module {name}", error.reason)
