"""The fixture for Wisp apps."""

from wisp_framework.modules import PingModule
from wisp_framework.testing import StartApp
from wisp_sim import Sim


async def test_app_answers(sim: Sim, start_app: StartApp) -> None:
    """A Wisp app is ready, with its commands listed, when the fixture returns."""
    app = await start_app(PingModule)

    seen = await sim.person("Ada").slash("ping")

    assert seen.answered
    assert app.bot.is_ready()
