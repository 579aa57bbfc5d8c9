"""The switch, over the wire: what a member sees of a module that goes off and on again."""

import asyncio

import discord
import pytest
from discord.ext import commands
from typing_extensions import override

from support.offline import WORLD, offline
from support.probe import ProbeModule
from wisp_framework import BotContext, Module
from wisp_sim.people import Person, Seen

OFF = "The module `probe` is switched off here."


async def slash(person: Person) -> Seen:
    return await person.slash("probe", word="x")


async def press(person: Person) -> Seen:
    return await person.click("Press")


async def prefix(person: Person) -> Seen:
    return await person.say("!shout")


async def test_the_last_guild_tears_the_module_down_and_the_next_sets_it_up() -> None:
    """A module that no guild wants is unloaded, its old button says so, and it comes back whole."""
    probe = ProbeModule()
    async with offline(probe) as here:
        ada = await here.person("Ada")
        await ada.slash("panel")
        await here.switch("probe", enabled=False)
        await here.switch("probe", enabled=False, guild="Tower")
        await here.settle()
        assert (probe.setups, probe.teardowns) == (1, 1)
        assert here.app.modules.holdings("probe") == 0
        assert OFF in (await press(ada)).text
        assert OFF in (await prefix(ada)).text

        await here.switch("probe", enabled=True)
        assert (probe.setups, probe.teardowns) == (2, 1)
        assert "has expired" in (await press(ada)).text
        assert "probed x" in (await slash(ada)).text


async def test_a_global_command_stays_listed_where_its_module_is_off() -> None:
    """Switched off in the only guild there is, it is refused politely, and comes back."""
    world = {**WORLD, "guilds": [WORLD["guilds"][0]]}
    async with offline(world=world) as here:
        ada = await here.person("Ada")
        await here.switch("ping", enabled=False)
        await here.settle()
        assert "The module `ping` is switched off here." in (await ada.slash("ping")).text
        await here.switch("ping", enabled=True)
        assert "Pong" in (await ada.slash("ping")).text


async def test_a_plain_member_is_refused_by_our_own_check() -> None:
    """Without Manage Server nothing is switched, even where the command's default lets everyone in."""

    class OpenAdmin(Module):
        """Takes Discord's own guard off the switch."""

        name = "open_admin"
        depends_on = ("admin",)

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            group = bot.tree.get_command("modules")
            assert isinstance(group, discord.app_commands.Group)
            group.default_permissions = None

    async with offline(ProbeModule(), OpenAdmin()) as here:
        mallory = await here.person("Mallory")
        refused = await mallory.slash("modules disable", module="probe")

        assert "You need the permission Manage Guild" in refused.text
        assert "probed" in (await slash(mallory)).text


@pytest.mark.parametrize(
    ("line", "module", "sentence"),
    [
        ("modules disable", "admin", "cannot be switched off"),
        ("modules disable", "nowhere", "There is no module `nowhere`"),
        ("modules enable", "probe", "was on already"),
    ],
)
async def test_what_cannot_be_switched_is_explained(line: str, module: str, sentence: str) -> None:
    """Bad input gets a sentence that names the thing, and changes nothing."""
    async with offline(ProbeModule()) as here:
        ada = await here.person("Ada")
        assert sentence in (await ada.slash(line, module=module)).text
        assert here.app.modules.is_enabled(here.guild_id(), "probe")


class Reader(Module):
    """Needs the probe."""

    name = "reader"
    depends_on = ("probe",)


class Library(Module):
    """Needs the reader, and so the probe."""

    name = "library"
    depends_on = ("reader",)


async def test_switching_off_names_what_breaks_and_asks() -> None:
    """What others need goes off with them, once the member says so; the other guild keeps all."""
    async with offline(ProbeModule(), Reader(), Library()) as here:
        registry, lab, tower = here.app.modules, here.guild_id(), here.guild_id("Tower")
        ada = await here.person("Ada")
        asked = await ada.slash("modules disable", module="probe")
        assert asked.text == "`probe` is needed by `library`, `reader`, which are on here."
        assert registry.is_enabled(lab, "probe")

        seen = await ada.click("Disable all 3")

        assert "Now off in this server: `library`, `reader`, `probe`." in seen.text
        names = ("probe", "reader", "library")
        assert not any(registry.is_enabled(lab, name) for name in names)
        assert all(registry.is_enabled(tower, name) for name in names)


async def test_switching_on_offers_what_is_needed() -> None:
    """What a module needs comes on with it, and nothing else does."""
    async with offline(ProbeModule(), Reader(), Library()) as here:
        registry, lab = here.app.modules, here.guild_id()
        await registry.switch(lab, "probe", enabled=False, actor_id=1, with_others=True)
        ada = await here.person("Ada")
        asked = await ada.slash("modules enable", module="reader")
        assert asked.text == "`reader` needs `probe`, which is off here."

        await ada.click("Enable both")

        assert registry.is_enabled(lab, "probe")
        assert registry.is_enabled(lab, "reader")
        assert not registry.is_enabled(lab, "library")


async def test_the_button_asks_for_manage_server_again() -> None:
    """Whoever is handed the question later may answer it only with the permission."""
    async with offline(ProbeModule(), Reader()) as here:
        ada, mallory = await here.person("Ada"), await here.person("Mallory")
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Enticing", custom_id="wisp:modules:off:probe"))
        channel = here.app.bot.get_channel(here.sim.guild("Lab").channel("general").id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send("press me", view=view)
        await here.settle()

        assert "Manage Guild" in (await mallory.click("Enticing")).text
        assert here.app.modules.is_enabled(here.guild_id(), "probe")
        await ada.click("Enticing")
        assert not here.app.modules.is_enabled(here.guild_id(), "probe")


async def test_running_commands_finish_before_their_module_goes() -> None:
    """A command that runs when its module is switched off everywhere still gives its answer."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Module):
        """Answers when told to."""

        name = "slow"

        @override
        async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
            @bot.tree.command(description="Takes its time")
            async def slow(interaction: discord.Interaction) -> None:
                begun.set()
                await go_on.wait()
                await interaction.response.send_message("done after all")

    async with offline(Slow()) as here:
        ada = await here.person("Ada")
        running = asyncio.create_task(ada.slash("slow"))
        await begun.wait()
        registry, guilds = here.app.modules, (here.guild_id(), here.guild_id("Tower"))
        for guild_id in guilds:
            await registry.switch(guild_id, "slow", enabled=False, actor_id=1)
        go_on.set()

        assert "done after all" in (await running).text
        await here.settle()
        assert not registry.is_loaded("slow")


async def test_the_switch_is_audited_with_before_and_after(caplog: pytest.LogCaptureFixture) -> None:
    """Who switched what, and what it was before, is on record."""
    async with offline(ProbeModule()) as here:
        with caplog.at_level("INFO"):
            await here.switch("probe", enabled=False)
            await here.settle()
        switched = [vars(record) for record in caplog.records if record.getMessage() == "module.switched"]
        assert [(line["target"], line["before"], line["after"]) for line in switched] == [
            ("probe", {"probe": True}, {"probe": False})
        ]


async def test_a_list_of_modules_shows_their_state() -> None:
    """``/modules list`` names each module, what it does, and whether it is on, in the bot's own dress."""
    async with offline(ProbeModule(), app_name="Tea Bot", app_footer_text="Served hot") as here:
        await here.switch("probe", enabled=False)
        ada = await here.person("Ada")
        seen = await ada.slash("modules list")

    assert seen.message is not None
    assert seen.message.ephemeral
    (embed,) = seen.message.embeds
    assert (embed.author, embed.title, embed.footer) == ("Tea Bot", "Modules", "Served hot")
    lines = embed.description.splitlines()
    assert "⚪ `probe` (off) — One of everything" in lines
    assert "🟢 `ping` — Is the bot there?" in lines
