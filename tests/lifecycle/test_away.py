"""A database that may be away at the start, and is."""

from pathlib import Path

from support.clock import FakeClock
from support.offline import WORLD, offline_config
from wisp_framework import create_app
from wisp_sim import Sim, World
from wisp_sim.people import Person


async def test_the_bot_starts_without_its_switches_says_so_and_heals(tmp_path: Path) -> None:
    """Nothing runs that may be off, /health tells, no switch is changed blindly; then all is back."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        before = create_app(offline_config(sim))
        await before.start()
        await before.idle()
        await before.close()

        folder, clock = tmp_path / "data", FakeClock()
        folder.write_text("in the way")
        settings = offline_config(sim, database_url=None, data_dir=folder, database_required=False)
        app = create_app(settings, clock=clock)
        await app.start()
        async with Person(api_url=sim.api_url, token=sim.user("Ada").token, settle=app.idle) as ada:
            report = (await ada.slash("health")).text
            assert "🔴 db: down" in report
            assert "🟡 switches: degraded" in report
            assert "can't be reached right now" in (await ada.slash("modules disable", module="ping")).text

            folder.unlink()
            await clock.advance(5)
            await app.lifecycle.healed()
            await app.idle()
            assert app.flags.loaded
            assert "Pong" in (await ada.slash("ping")).text
        await app.close()
