"""What an author writes in the fewest words runs: a name that is a property, methods without types."""

import importlib
import sys
from pathlib import Path

import pytest

from support.offline import offline

MODULE = """
from discord.ext import commands
from wisp_framework import Module

class MyModule(Module):
    @property
    def name(self) -> str:
        return "my_module"

    async def setup(self, bot, ctx):
        self.handed = [ctx.services, ctx.config, ctx.guild_data]

        @bot.command()
        async def hello(context):
            await context.send("hello")

    async def teardown(self, bot, ctx):
        self.handed.clear()
"""
SERVICE = """
from wisp_framework.services.base import BaseService

class MyService(BaseService):
    async def startup(self):
        pass

    async def shutdown(self):
        pass
"""


async def test_a_bare_module_and_a_bare_service_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module answers, is switched off and torn down; the service starts, is found by name and stops."""
    (tmp_path / "bare_module.py").write_text(MODULE)
    (tmp_path / "bare_service.py").write_text(SERVICE)
    monkeypatch.syspath_prepend(str(tmp_path))
    kind = vars(importlib.import_module("bare_service"))["MyService"]
    async with offline(modules=("bare_module",), services=[kind]) as here:
        service, app = here.app.services.get("my"), here.app
        assert service is app.services.get(kind)
        assert service.initialized
        module = app.modules.get_module("my_module")
        assert vars(module)["handed"] == [app.services, app.config, app.ctx.guild_data]
        ada = await here.person("Ada")
        assert (await ada.say("!hello")).text == "hello"
        await here.switch("my_module", enabled=False)
        await here.settle()
        assert "off" in (await ada.say("!hello")).text
        await here.switch("my_module", enabled=False, guild="Tower")
        await here.settle()
        assert vars(module)["handed"] == []

    assert not service.initialized
    for name in ("bare_module", "bare_service"):
        sys.modules.pop(name)
