"""``wisp try``: dialogues with a bot, printed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

BOT = """
import discord
from discord import app_commands

from wisp_framework import Module, create_app


class Form(discord.ui.Modal, title="Survey"):
    answer = discord.ui.TextInput(label="Your answer")

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"You said {self.answer.value}")


class Panel(discord.ui.View):
    @discord.ui.button(label="Press")
    async def press(self, interaction, button):
        await interaction.response.edit_message(content="Pressed")

    @discord.ui.button(label="Ask me")
    async def ask(self, interaction, button):
        await interaction.response.send_modal(Form())

    @discord.ui.select(placeholder="Colour", options=[discord.SelectOption(label="Red", value="r")])
    async def colour(self, interaction, select):
        await interaction.response.send_message(f"Chose {select.values[0]}", ephemeral=True)


class Panels(Module):
    name = "panels"
    visibility = "global"

    async def setup(self, bot, ctx):
        @bot.tree.command(description="Shows the panel")
        async def panel(interaction: discord.Interaction):
            await interaction.response.send_message("Here", view=Panel())

        @bot.tree.command(description="Rolls")
        async def roll(interaction: discord.Interaction, dice: str):
            await interaction.response.send_message(f"Rolled {dice}")

        @roll.autocomplete("dice")
        async def suggest(interaction: discord.Interaction, current: str):
            return [app_commands.Choice(name=f"{current}6", value=f"{current}6")]

        @bot.tree.command(description="Never answers")
        async def mute(interaction: discord.Interaction):
            pass


def app(config=None):
    return create_app(config, modules=[Panels])
"""


class Ran(Protocol):
    status: int
    out: str
    err: str


Wisp = Callable[..., Ran]


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bot of one's own, in the working directory."""
    name = f"try_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(BOT, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return f"{name}:app"


def test_a_switch_shows_at_once(wisp: Wisp) -> None:
    """The pong, the refusal and the pong again, with exit status 0: a refusal is an answer."""
    off, on = "/modules disable module:ping", "/modules enable module:ping"
    ran = wisp("try", "/ping", off, "/ping", on, "/ping")
    lines = ran.out.splitlines()

    assert ran.status == 0, ran
    assert lines[0] == "Ada #general> /ping"
    assert lines[1].startswith("  Wisp: Pong!")
    assert "The module `ping` is switched off here." in lines[5]
    assert "only Ada sees this" in lines[5]
    assert lines[-1].startswith("  Wisp: Pong!")


def test_json_has_one_object_per_line(wisp: Wisp) -> None:
    """With --json each line is one object, and nothing else is printed."""
    ran = wisp("try", "--json", "/ping", "good morning")
    pong, morning = (json.loads(line) for line in ran.out.splitlines())

    assert ran.status == 0, ran
    assert (pong["who"], pong["answered"], pong["ok"]) == ("Ada", True, True)
    assert pong["text"].startswith("Pong!")
    assert (morning["answered"], morning["ok"]) == (False, True)


def test_an_unknown_command_is_named_and_the_rest_goes_on(wisp: Wisp) -> None:
    """What is not there is told with what is; the exit status is 1."""
    ran = wisp("try", "/pong", "/modules lst", "/modules disable modul:ping", "click Yes", "/ping")

    assert ran.status == 1
    assert "! There is no command '/pong' in Lovelace's Lab. Did you mean '/ping'?" in ran.out
    assert "! There is no subcommand 'lst' in /modules. Did you mean 'list'?" in ran.out
    assert "! There is no option 'modul' of /modules disable. Did you mean 'module'?" in ran.out
    assert "! There is no button 'Yes' in this channel." in ran.out
    assert "Pong!" in ran.out


def test_a_line_that_cannot_be_read_stops_before_anything_runs(wisp: Wisp) -> None:
    """A mistake in writing is told at once, with exit status 2."""
    ran = wisp("try", "/ping", '/say text:"open')

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err == "The line '/say text:\"open' opens a quote before 'open' and never closes it.\n"


def test_only_what_is_meant_for_the_bot_needs_an_answer(wisp: Wisp) -> None:
    """Talk may stay unanswered, a prefix command may not."""
    assert wisp("try", "hello there", "! what?").status == 0
    ran = wisp("try", "!ping", "!nothing")

    assert ran.status == 1
    assert "Pong!" in ran.out
    assert ran.out.count("! Nobody answered.") == 1


def test_somebody_joins_and_is_greeted(wisp: Wisp) -> None:
    """``join`` brings a newcomer in, who sees the greeting where they are."""
    ran = wisp("try", "/welcome channel:#lobby", "join", "@Hedy join", "@Grace join")

    assert ran.status == 1
    assert "New members are greeted in #lobby." in ran.out
    assert "Joan #general> join\n" in ran.out
    assert "Wisp (#lobby): Welcome, Joan." in ran.out
    assert "Wisp (#lobby): Welcome, Hedy." in ran.out
    assert "! Grace is in Lovelace's Lab already." in ran.out


def test_the_speaker_changes(wisp: Wisp) -> None:
    """``@name`` speaks for one line, alone from there on; who may not is refused."""
    ran = wisp("try", "@Mallory /ping", "/ping", "@mallory", "/ping", "@Nobody hi")

    assert ran.status == 1
    speakers = [line.partition(" ")[0] for line in ran.out.splitlines() if "> /ping" in line]
    assert speakers == ["Mallory", "Ada", "Mallory"]
    assert "! There is no person 'Nobody' in this world." in ran.out


def test_goes_to_other_places(wisp: Wisp) -> None:
    """A person can turn to another channel and another guild."""
    ran = wisp("try", "go #lobby", "/ping", "go Hopper's Harbour", "/ping", "go #nowhere")

    assert ran.status == 1
    assert "Ada #lobby> /ping" in ran.out
    assert "! There is no channel '#nowhere' in Hopper's Harbour." in ran.out


def test_presses_chooses_fills_in_and_completes(wisp: Wisp, bot: str) -> None:
    """Buttons, menus, forms and suggestions of a bot of one's own."""
    ran = wisp(
        "try",
        "--app",
        bot,
        "/panel",
        "click Press",
        "select Colour=Red",
        "click Ask me",
        'submit Your answer="forty two"',
        "complete /roll dice:2d",
        "/roll dice:2d6",
    )

    assert ran.status == 0, ran
    assert "    [Press] [Ask me] <Colour: Red>" in ran.out
    assert "  Wisp (edited): Pressed" in ran.out
    assert "  Wisp (only Ada sees this): Chose r" in ran.out
    assert "    form 'Survey' is open:\n      Your answer = ... (text)" in ran.out
    assert "  Wisp: You said forty two" in ran.out
    assert "    suggestions: 2d6" in ran.out
    assert "  Wisp: Rolled 2d6" in ran.out


def test_a_command_that_nobody_answers_fails(wisp: Wisp, bot: str) -> None:
    """No answer within Discord's three seconds is shown as Discord shows it; the exit status is 1."""
    ran = wisp("try", "--app", bot, "/mute")

    assert ran.status == 1
    assert "  ! The application did not respond\n" in ran.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--app", "nowhere:app", "/ping"], "Cannot load 'nowhere:app': there is no module 'nowhere'"),
        (["--world", "nowhere.json", "/ping"], "World: 'nowhere.json' cannot be read"),
    ],
)
def test_what_cannot_run_at_all_is_one_line(wisp: Wisp, arguments: list[str], reason: str) -> None:
    """Without a bot or a world nothing is tried: one line on standard error and exit status 2."""
    ran = wisp("try", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(reason)
    assert ran.err.count("\n") == 1


def test_a_world_of_ones_own(wisp: Wisp, tmp_path: Path) -> None:
    """The owner of the first guild of a world file speaks; a world without a bot is refused."""
    world = {"bots": [{"name": "Robbie"}], "users": [{"name": "Susan"}], "guilds": [{"name": "Home"}]}
    (tmp_path / "world.json").write_text(json.dumps(world), encoding="utf-8")
    ran = wisp("try", "--world", "world.json", "/ping")

    assert ran.out.startswith("Susan #general> /ping\n  Robbie: Pong!")

    (tmp_path / "world.json").write_text(json.dumps({"users": [{"name": "Susan"}]}), encoding="utf-8")
    ran = wisp("try", "--world", "world.json", "/ping")

    assert ran.status == 2
    assert ran.err == "The world of 'world.json' has no bot and no guild; add one.\n"


def test_settings_of_the_real_bot_do_not_count(
    wisp: Wisp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a .env file or the environment says of the real Discord and real data is not used."""
    (tmp_path / ".env").write_text(
        "DISCORD_TOKEN=real\nDISCORD_API_URL=http://127.0.0.1:1/api/v10\nDISCORD_APPLICATION_ID=1\n"
        "DATABASE_URL=postgresql://real:real@127.0.0.1:1/real\nREDIS_URL=redis://127.0.0.1:1/0\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "/nowhere")
    ran = wisp("try", "/ping")

    assert ran.status == 0, ran
    assert "Pong!" in ran.out


def test_nothing_is_left_behind(wisp: Wisp, tmp_path: Path) -> None:
    """A dialogue leaves no file in the working directory."""
    wisp("try", "/ping")

    assert list(tmp_path.iterdir()) == []
