"""Handlers that take longer than Discord waits: what the member sees, and what is on record."""

import asyncio
import logging

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework import BotContext, Module, WispApp, auto_defer
from wisp_framework.services.decisions import Decision, DecisionQuery, DecisionService, Outcome
from wisp_framework.testing import StartApp
from wisp_sim import Sim
from wisp_sim.faults import ServerError


class Word(discord.ui.Modal, title="A word"):
    """One field."""

    word: discord.ui.TextInput["Word"] = discord.ui.TextInput(label="Word")

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message(f"you wrote {self.word.value}")


class Panel(discord.ui.View):
    """Buttons whose callbacks take their time."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Edit")
    async def change(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        await asyncio.sleep(10)
        await interaction.response.edit_message(content="edited at last")

    @discord.ui.button(label="Send")
    async def send(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("sent at last", ephemeral=True)

    @discord.ui.button(label="Acknowledge")
    async def ack(self, interaction: discord.Interaction, _: discord.ui.Button["Panel"]) -> None:
        await asyncio.sleep(10)
        await interaction.response.defer()
        await interaction.followup.send("acknowledged", ephemeral=True)


class SlowCog(commands.Cog):
    """Commands that take as long as they are told."""

    @app_commands.command(description="Answers late, and changes the answer")
    async def revised(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("a draft")
        shown = await interaction.original_response()
        await shown.edit(content="a second draft")
        await interaction.edit_original_response(content="the final word")

    @app_commands.command(description="Answers late, and takes the answer back")
    async def withdrawn(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("a slip")
        await interaction.delete_original_response()
        await interaction.followup.send("what was meant")

    @app_commands.command(description="Answers late")
    async def late(self, interaction: discord.Interaction, seconds: int = 10, private: bool = False) -> None:
        await asyncio.sleep(seconds)
        await interaction.response.send_message("at last", ephemeral=private)

    @app_commands.command(description="Defers late")
    async def defer(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.defer()
        await asyncio.sleep(10)
        await interaction.followup.send("after all", ephemeral=True)

    @app_commands.command(description="Everybody sees the thinking")
    @auto_defer(ephemeral=False)
    async def public(self, interaction: discord.Interaction, private: bool = False) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("at last", ephemeral=private)

    @app_commands.command(description="Keeps the deadline by itself, or not")
    @auto_defer(enabled=False)
    async def alone(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("too late")

    @app_commands.command(description="Opens a form, late")
    async def form(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_modal(Word())

    @app_commands.command(description="Raises, late")
    async def broken(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        raise RuntimeError("out of order")

    @app_commands.command(description="Says nothing")
    async def mute(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)

    @app_commands.command(description="Fills it by a follow-up")
    async def follow(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.followup.send("by a follow-up", ephemeral=True)

    @app_commands.command(description="Answers twice")
    async def twice(self, interaction: discord.Interaction, seconds: int = 0) -> None:
        await asyncio.sleep(seconds)
        await interaction.response.send_message("once")
        await interaction.response.send_message("twice")

    @app_commands.command(description="Goes away again")
    async def fleeting(self, interaction: discord.Interaction) -> None:
        await asyncio.sleep(10)
        await interaction.response.send_message("read this", delete_after=60)

    @app_commands.command(description="Shows a panel")
    async def panel(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Panel())

    @commands.hybrid_command(description="Of both kinds")  # type: ignore[arg-type]  # its hint fits no method
    async def hybrid(self, ctx: commands.Context[commands.AutoShardedBot]) -> None:
        await asyncio.sleep(10)
        message = await ctx.send("from both")
        await ctx.send(f"that was {message.content}")
        await message.edit(content="from both, edited")


class SlowModule(Module):
    """Takes its time."""

    name = "slow"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        await bot.add_cog(SlowCog())


@pytest.fixture(autouse=True)
async def app(start_app: StartApp) -> WispApp:
    return await start_app(SlowModule)


async def record(app: WispApp) -> Decision:
    """What is on record of the latest invocation."""
    (decision,) = await app.services.get(DecisionService).recent(DecisionQuery(limit=1))
    return decision


@pytest.mark.parametrize(
    ("command", "outcome", "deferred"),
    [
        ("panel", Outcome.RAN, False),
        ("late", Outcome.DEFERRED, True),
        ("mute", Outcome.DEFERRED, True),
        ("broken", Outcome.FAILED, True),
        ("twice", Outcome.FAILED, False),
    ],
)
async def test_the_record_says_what_happened(
    sim: Sim, app: WispApp, command: str, outcome: Outcome, deferred: bool
) -> None:
    """Whether it ran or failed, whether its answer was deferred, and when."""
    await sim.person("Ada").slash(command)
    decision = await record(app)

    assert decision.outcome is outcome
    moments = {step.name: step.at_ms for step in decision.steps()}
    assert ("deferred" in moments) is deferred
    if deferred:
        assert moments["deferred"] == pytest.approx(2_000, abs=250)
        assert moments["end"] == pytest.approx(10_000, abs=1_000)


@pytest.mark.parametrize("private", [False, True])
async def test_a_late_answer_comes_after_all(sim: Sim, private: bool) -> None:
    """Ten seconds late, the member gets the one answer, as private as it is, and no failure."""
    seen = await sim.person("Ada").slash("late", private=private)

    assert [(m.text, m.ephemeral, m.loading) for m in seen.messages] == [("at last", private, False)]
    assert not seen.failure
    assert seen.answered


async def test_the_bot_thinks_where_only_the_member_sees_it(sim: Sim) -> None:
    """As long as nothing is known of a handler, its placeholder is private."""
    seen = await sim.person("Ada").slash("late")

    assert [(gone.loading, gone.ephemeral) for gone in seen.deleted] == [(True, True)]


async def test_what_was_public_is_deferred_for_all_to_see(sim: Sim) -> None:
    """The next time the placeholder is as public as the last answer was, and is filled."""
    ada = sim.person("Ada")
    await ada.slash("late", seconds=0)
    seen = await ada.slash("late")

    assert [(m.text, m.ephemeral) for m in seen.messages] == [("at last", False)]
    assert seen.deleted == ()


async def test_a_private_answer_never_fills_a_public_placeholder(sim: Sim) -> None:
    """What is for one member is seen by nobody else, whatever was declared."""
    ada, grace = sim.person("Ada"), sim.person("Grace")
    seen = await ada.slash("public", private=True)

    assert [(gone.loading, gone.ephemeral) for gone in seen.deleted] == [(True, False)]
    assert [(m.text, m.ephemeral) for m in seen.messages] == [("at last", True)]
    assert "at last" not in (await grace.news()).text


async def test_who_declines_is_on_its_own(sim: Sim) -> None:
    """A handler that opted out is not deferred for; Discord says that nothing came."""
    seen = await sim.person("Ada").slash("alone")
    await sim.advance(seconds=10)

    assert "did not respond" in seen.failure


async def test_a_late_form_is_opened_by_a_button(sim: Sim) -> None:
    """A form that cannot be opened any more is offered, and works."""
    ada = sim.person("Ada")
    assert "open the form" in (await ada.slash("form")).text

    opened = await ada.click("Open the form")
    assert opened.form is not None

    await ada.submit(Word="slow")
    await sim.advance(seconds=10)
    assert "you wrote slow" in (await ada.news()).text


async def test_a_late_failure_is_told(sim: Sim) -> None:
    """The error sentence takes the place of the thinking."""
    seen = await sim.person("Ada").slash("broken")

    assert "Something went wrong" in seen.text
    assert [message.loading for message in seen.messages] == [False]


async def test_who_says_nothing_leaves_no_thinking_behind(sim: Sim) -> None:
    """A handler that ended without a word is told to be done."""
    seen = await sim.person("Ada").slash("mute")

    assert [(m.text, m.loading) for m in seen.messages] == [("Done.", False)]


async def test_follow_ups_fill_it_too(sim: Sim) -> None:
    """An answer by another road than the response stays as it is."""
    ada = sim.person("Ada")

    assert (await ada.slash("follow")).text == "by a follow-up"
    await ada.slash("defer")
    await sim.advance(seconds=20)
    assert (await ada.news()).text == "after all"


@pytest.mark.parametrize("seconds", [0, 10])
async def test_the_second_answer_is_refused(sim: Sim, seconds: int) -> None:
    """Late or not, the first answer counts, and the second is the handler's mistake."""
    seen = await sim.person("Ada").slash("twice", seconds=seconds)

    assert "once" in seen.text
    assert "Something went wrong" in seen.text
    assert "twice" not in seen.text


async def test_answering_at_the_very_deadline_answers_once(sim: Sim) -> None:
    """Two seconds to the moment: one answer, whichever way it went."""
    ada = sim.person("Ada")
    for _ in range(10):
        seen = await ada.slash("late", seconds=2)

        assert [(m.text, m.loading) for m in seen.messages] == [("at last", False)]


async def test_a_late_answer_in_a_message_of_its_own_is_the_original_response(sim: Sim) -> None:
    """A handler that answers publicly, where the bot thought in private, finds its answer and edits it."""
    seen = await sim.person("Ada").slash("revised")

    assert [message.text for message in seen.messages if not message.ephemeral] == ["the final word"]
    assert not [message for message in seen.messages if message.ephemeral]

    seen = await sim.person("Ada").slash("withdrawn")

    assert [message.text for message in seen.messages] == ["what was meant"]


async def test_a_fleeting_answer_goes_although_late(sim: Sim) -> None:
    """What is to be deleted after a minute is, counted from the answer."""
    ada = sim.person("Ada")
    assert (await ada.slash("fleeting")).text == "read this"
    await sim.advance(seconds=61)

    assert [message.text for message in (await ada.news()).deleted] == ["read this"]


@pytest.mark.parametrize(
    ("label", "text"),
    [("Edit", "edited at last"), ("Send", "sent at last"), ("Acknowledge", "acknowledged")],
)
async def test_components_do_what_they_would_have_done(sim: Sim, label: str, text: str) -> None:
    """A slow button edits its message, answers, or acknowledges, and no placeholder is seen meanwhile."""
    ada = sim.person("Ada")
    await ada.slash("panel")
    seen = await ada.click(label)
    await sim.advance(seconds=10)

    assert not seen.failure
    assert seen.deleted == ()
    assert text in (seen.text, (await ada.news()).text)


async def test_hybrid_commands_are_deferred_too(sim: Sim) -> None:
    """The context of a hybrid command gets the message that it sent, and can edit it."""
    seen = await sim.person("Ada").slash("hybrid")

    assert seen.text == "from both, edited\nthat was from both"


async def test_a_deferral_that_discord_refuses_is_logged(sim: Sim, caplog: pytest.LogCaptureFixture) -> None:
    """The handler goes on, and the operator can read why the member saw nothing."""
    sim.faults.add(ServerError(500), route="POST /interactions/*/*/callback", times=None)
    with caplog.at_level(logging.WARNING):
        await sim.person("Ada").slash("late")
        await sim.advance(minutes=2)

    assert "could not be deferred" in caplog.text
