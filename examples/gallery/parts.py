"""What the gallery lets one press, choose and fill in: components of both kinds, and a form."""

import io
from typing import Any, TypeAlias

import discord
from discord import ui

from examples.gallery.words import picture_file

LIFE_S = 900.0

AnyItem: TypeAlias = ui.Item[Any]
Fields: TypeAlias = dict[str, AnyItem]


async def tell(interaction: discord.Interaction, what: str) -> None:
    """Say to whoever did it what came."""
    await interaction.response.send_message(what, ephemeral=True)


class Press(ui.Button[Any]):
    """A button that says that it was pressed."""

    async def callback(self, interaction: discord.Interaction) -> None:
        """Answer."""
        await tell(interaction, f"You pressed **{self.label or self.emoji}**.")


class Quiet(ui.Button[Any]):
    """A button that never answers."""

    async def callback(self, interaction: discord.Interaction) -> None:
        """Leave it to Discord to say so."""


class _Chosen:
    """What select menus of all kinds do."""

    values: Any

    async def callback(self, interaction: discord.Interaction) -> None:
        """Answer."""
        await tell(interaction, "You chose " + ", ".join(str(value) for value in self.values) + ".")


class Choose(_Chosen, ui.Select[Any]):
    """Options of its own."""


class ChooseUser(_Chosen, ui.UserSelect[Any]):
    """Members."""


class ChooseRole(_Chosen, ui.RoleSelect[Any]):
    """Roles."""


class ChooseMentionable(_Chosen, ui.MentionableSelect[Any]):
    """Members and roles."""


class ChooseChannel(_Chosen, ui.ChannelSelect[Any]):
    """Channels."""


def options() -> list[discord.SelectOption]:
    """Three teas."""
    return [
        discord.SelectOption(label="Green", value="green", description="Light and fresh", emoji="🍵"),
        discord.SelectOption(label="Black", value="black", description="Strong"),
        discord.SelectOption(label="Herbal", value="herbal", description="Without caffeine", emoji="🌿"),
    ]


def buttons() -> ui.View:
    """Buttons of all styles, with and without an emoji, and one that is off."""
    view = ui.View(timeout=LIFE_S)
    for style in (
        discord.ButtonStyle.primary,
        discord.ButtonStyle.secondary,
        discord.ButtonStyle.success,
        discord.ButtonStyle.danger,
    ):
        view.add_item(Press(label=style.name.capitalize(), style=style))
    view.add_item(ui.Button(label="A link", url="https://example.com"))
    view.add_item(Press(emoji="⭐", row=1))
    view.add_item(Press(label="With an emoji", emoji="🎉", row=1))
    view.add_item(Press(label="Off", disabled=True, row=1))
    view.add_item(Quiet(label="Never answers", row=1))
    return view


def selects() -> ui.View:
    """Select menus of all five kinds."""
    view = ui.View(timeout=LIFE_S)
    view.add_item(Choose(placeholder="Choose a tea", options=options(), max_values=2))
    view.add_item(ChooseUser(placeholder="Choose a member"))
    view.add_item(ChooseRole(placeholder="Choose a role"))
    view.add_item(ChooseMentionable(placeholder="Choose members or roles", max_values=3))
    view.add_item(ChooseChannel(placeholder="Choose a channel", channel_types=[discord.ChannelType.text]))
    return view


class Shelf(ui.LayoutView):
    """A message that is made of components of the second kind alone."""

    def __init__(self) -> None:
        super().__init__(timeout=LIFE_S)
        self.add_item(ui.TextDisplay("## Components V2\nA text display outside of everything."))
        box: ui.Container[Any] = ui.Container(accent_colour=discord.Colour.from_rgb(89, 209, 143))
        box.add_item(
            ui.Section(
                "**A section with a button**\n-# Its text knows markdown.",
                accessory=Press(label="Take", style=discord.ButtonStyle.success),
            )
        )
        box.add_item(ui.Separator())
        box.add_item(
            ui.Section(
                "**A section with a thumbnail**\nThree lines\nof text",
                accessory=ui.Thumbnail("attachment://small.png", description="A small picture"),
            )
        )
        box.add_item(ui.Separator(visible=False, spacing=discord.SeparatorSpacing.large))
        box.add_item(
            ui.MediaGallery(
                discord.MediaGalleryItem("attachment://small.png", description="The first"),
                discord.MediaGalleryItem(
                    "attachment://wide.png", description="The second, hidden", spoiler=True
                ),
            )
        )
        box.add_item(ui.File("attachment://report.txt"))
        box.add_item(ui.ActionRow(Press(label="Below", style=discord.ButtonStyle.primary)))
        box.add_item(ui.ActionRow(Choose(placeholder="Choose a tea", options=options())))
        self.add_item(box)
        hidden: ui.Container[Any] = ui.Container(spoiler=True)
        hidden.add_item(ui.TextDisplay("A container that is a spoiler"))
        self.add_item(hidden)

    @staticmethod
    def files() -> list[discord.File]:
        """What its pictures and its file are."""
        return [
            picture_file("small.png", (89, 209, 143)),
            picture_file("wide.png", (139, 123, 255)),
            text_file(),
        ]


def text_file() -> discord.File:
    """A small file that is no picture."""
    return discord.File(io.BytesIO(b"Everything went well.\n"), "report.txt")


def texts_and_menus() -> Fields:
    """Inputs by their labels: words, and two select menus."""
    return {
        "Name": ui.TextInput(placeholder="How you are called", min_length=2, max_length=40),
        "Story": ui.TextInput(style=discord.TextStyle.paragraph, required=False, max_length=300),
        "Tea": ui.Select(options=options(), required=False),
        "Guest": ui.UserSelect(required=False),
    }


def boxes_and_file() -> Fields:
    """Inputs by their labels: what is ticked, and a file."""
    return {
        "Size": ui.RadioGroup(
            options=[discord.RadioGroupOption(label=size, value=size) for size in ("Cup", "Pot")]
        ),
        "Extras": ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=extra, value=extra) for extra in ("Milk", "Sugar")],
            required=False,
        ),
        "Hurry": ui.Checkbox(),
        "Picture": ui.FileUpload(required=False),
    }


class Form(ui.Modal):
    """A form that says what came.

    Args:
        title: what stands above it.
        fields: its inputs, by their labels.
    """

    def __init__(self, title: str, fields: Fields) -> None:
        super().__init__(title=title, timeout=LIFE_S)
        self.fields = fields
        self.add_item(ui.TextDisplay("Text displays stand among the **inputs**."))
        for text, component in fields.items():
            about = "From two to forty characters" if text == "Name" else None
            self.add_item(ui.Label(text=text, component=component, description=about))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Answer with what was filled in."""
        given = [f"{text}: {_words(component)}" for text, component in self.fields.items()]
        await tell(interaction, "\n".join(given))


def _words(component: AnyItem) -> str:
    """What one input holds."""
    values: list[object] = []
    if isinstance(component, ui.TextInput | ui.RadioGroup | ui.Checkbox):
        values = [component.value]
    elif isinstance(component, ui.Select | ui.UserSelect | ui.CheckboxGroup | ui.FileUpload):
        values = list(component.values)
    return discord.utils.escape_markdown(", ".join(str(value) for value in values)) or "nothing"
