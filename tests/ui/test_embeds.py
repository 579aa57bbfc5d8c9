"""Branded embeds: what they carry, and that Discord takes every one of them."""

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.log_lines import TOKEN
from support.offline import offline
from wisp_framework import AppConfig, BotContext, Module
from wisp_framework.ui import EmbedKind, branded_embed

ICON = "https://example.org/icon.png"


def config(**settings: object) -> AppConfig:
    """Settings of a bot that is never started."""
    return AppConfig.model_validate({"discord_token": TOKEN, **settings})


def test_carries_the_name_icon_and_footer() -> None:
    """An embed shows the configured name and icon at its head, and the footer at its foot."""
    embed = branded_embed(
        config(app_name="Tea Bot", app_icon_url=ICON, app_footer_text="Served hot"), "Tea", "Which one?"
    )

    assert (embed.title, embed.description) == ("Tea", "Which one?")
    assert (embed.author.name, embed.author.icon_url) == ("Tea Bot", ICON)
    assert embed.footer.text == "Served hot"


@pytest.mark.parametrize("footer", [None, "", "  "])
def test_leaves_out_what_is_not_set(footer: str | None) -> None:
    """Without icon, footer, title or description there is none of them in what is sent."""
    sent = branded_embed(config(app_footer_text=footer)).to_dict()

    assert sent.get("author") == {"name": "Wisp Bot"}
    assert not {"footer", "title", "description"} & sent.keys()


@pytest.mark.parametrize(
    ("kind", "colour"),
    [
        (EmbedKind.SUCCESS, discord.Colour.brand_green()),
        (EmbedKind.INFO, discord.Colour.blurple()),
        (EmbedKind.WARNING, discord.Colour.yellow()),
        (EmbedKind.ERROR, discord.Colour.brand_red()),
    ],
)
def test_the_kind_gives_the_colour(kind: EmbedKind, colour: discord.Colour) -> None:
    """Each kind has the colour that Discord itself uses for it."""
    assert branded_embed(config(), "x", kind=kind).colour == colour


@pytest.mark.parametrize("over", [0, 1, 5000])
def test_cuts_what_is_too_long(over: int) -> None:
    """What fits stays whole to the last character; what does not ends in an ellipsis at the limit."""
    embed = branded_embed(config(), "t" * (256 + over), "d" * (4096 + over))

    assert embed.title == ("t" * 256 if not over else "t" * 255 + "…")
    assert embed.description == ("d" * 4096 if not over else "d" * 4095 + "…")


def test_the_footer_makes_room() -> None:
    """Where the parts fit and their sum does not, the footer is cut until all fits."""
    full = config(app_name="n" * 256, app_footer_text="f" * 2048)

    assert branded_embed(full, "t", "short").footer.text == "f" * 2048
    longest = branded_embed(full, "t" * 256, "d" * 4096)
    assert len(longest) == 6000
    assert longest.footer.text == "f" * 1391 + "…"


class LongestModule(Module):
    """Answers with as much as an embed takes, and more."""

    name = "longest"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        @app_commands.command(description="Says a lot")
        async def lots(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(embed=branded_embed(ctx.config, "t" * 999, "d" * 9999))

        bot.tree.add_command(lots)


async def test_discord_takes_the_longest() -> None:
    """The longest embed there can be is sent, and a member reads it."""
    async with offline(
        LongestModule(), app_name="n" * 256, app_icon_url=ICON, app_footer_text="f" * 2048
    ) as here:
        seen = await (await here.person("Ada")).slash("lots")

    assert seen.answered
    assert not seen.failure
    assert seen.message is not None
    (embed,) = seen.message.embeds
    assert (embed.author, len(embed.title), len(embed.description)) == ("n" * 256, 256, 4096)
    assert embed.footer.endswith("f…")
