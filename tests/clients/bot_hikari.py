"""A bot in hikari alone that offers every kind of interaction it can; it knows of no simulator."""

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import hikari
from hikari.impl import special_endpoints as built

Kind = hikari.OptionType
Reply = hikari.ResponseType
HIDDEN = hikari.MessageFlag.EPHEMERAL
Handler = Callable[[hikari.CommandInteraction], Awaitable[object]]

bot = hikari.GatewayBot(
    os.environ["DISCORD_TOKEN"],
    intents=hikari.Intents.ALL,
    rest_url=os.environ["DISCORD_API"],
    banner=None,
    logs=None,
)
handlers: dict[str, Handler] = {}


def option(kind: Kind, name: str, **more: Any) -> hikari.CommandOption:
    """An option of a command; required unless told otherwise."""
    return hikari.CommandOption(type=kind, name=name, description=name, **{"is_required": True, **more})


def handle(name: str) -> Callable[[Handler], Handler]:
    """Let a function answer the command of that name."""

    def keep(handler: Handler) -> Handler:
        handlers[name] = handler
        return handler

    return keep


async def say(interaction: hikari.CommandInteraction | hikari.ComponentInteraction, text: str) -> None:
    """Answer with that text."""
    await interaction.create_initial_response(Reply.MESSAGE_CREATE, text)


def values(options: Sequence[hikari.CommandInteractionOption] | None) -> dict[str, Any]:
    """The values of options, by name."""
    return {given.name: given.value for given in options or ()}


def resolved(
    interaction: hikari.CommandInteraction | hikari.ComponentInteraction,
) -> hikari.ResolvedOptionData:
    """The entities that came with an interaction."""
    assert interaction.resolved is not None
    return interaction.resolved


@handle("kinds")
async def kinds(interaction: hikari.CommandInteraction) -> None:
    given, found = values(interaction.options), resolved(interaction)
    anyone, attached = given["anyone"], found.attachments.get(given.get("file", 0))
    told = [given[name] for name in ("word", "count", "ratio", "flag")]
    told += [
        found.users[given["who"]].username,
        found.channels[given["where"]].name,
        found.roles[given["role"]].name,
    ]
    told += [
        found.roles[anyone].name if anyone in found.roles else found.users[anyone].username,
        given["colour"],
    ]
    told.append((await attached.read()).decode() if attached else "no file")
    await say(interaction, "|".join(map(str, told)))


@handle("settings")
async def put(interaction: hikari.CommandInteraction) -> None:
    (group,) = interaction.options or ()
    (leaf,) = group.options or ()
    await say(interaction, f"{leaf.name} {values(leaf.options)['word']}")


@handle("Greet")
async def greet(interaction: hikari.CommandInteraction) -> None:
    await say(interaction, f"hello {next(iter(resolved(interaction).users.values())).username}")


@handle("Quote")
async def quote(interaction: hikari.CommandInteraction) -> None:
    (message,) = resolved(interaction).messages.values()
    await say(interaction, f"{message.author.username} said {message.content}")


@handle("find")
async def find(interaction: hikari.CommandInteraction) -> None:
    await say(interaction, f"found {values(interaction.options)['term']}")


@handle("panel")
async def panel(interaction: hikari.CommandInteraction) -> None:
    menus = {"Users": "USER", "Roles": "ROLE", "Channels": "CHANNEL"}
    rows = [
        built.MessageActionRowBuilder().add_interactive_button(
            hikari.ButtonStyle.PRIMARY, "press", label="Press"
        )
    ]
    words = built.MessageActionRowBuilder().add_text_menu("words", placeholder="Words", max_values=2)
    rows.append(words.add_option("A", "A").add_option("B", "B").parent)
    for placeholder, kind in menus.items():
        menu = hikari.ComponentType[f"{kind}_SELECT_MENU"]
        row = built.MessageActionRowBuilder()
        rows.append(
            row.add_channel_menu(kind, placeholder=placeholder)
            if kind == "CHANNEL"
            else row.add_select_menu(menu, kind, placeholder=placeholder)
        )
    await interaction.create_initial_response(Reply.MESSAGE_CREATE, "panel", components=rows)


@handle("board")
async def board(interaction: hikari.CommandInteraction) -> None:
    row = built.MessageActionRowBuilder().add_select_menu(
        hikari.ComponentType.MENTIONABLE_SELECT_MENU, "anyone", placeholder="Anyone"
    )
    container = built.ContainerComponentBuilder().add_text_display("on the board").add_component(row)
    await interaction.create_initial_response(
        Reply.MESSAGE_CREATE, component=container, flags=hikari.MessageFlag.IS_COMPONENTS_V2
    )


@handle("form")
async def form(interaction: hikari.CommandInteraction) -> None:
    row = built.ModalActionRowBuilder().add_text_input("name", "Name")
    await interaction.create_modal_response("Form", "form", component=row)


@handle("later")
async def later(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(Reply.DEFERRED_MESSAGE_CREATE)
    await interaction.edit_initial_response("at last")
    more = await interaction.execute("mroe")
    await interaction.edit_message(more, "more")


@handle("whisper")
async def whisper(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(
        Reply.DEFERRED_MESSAGE_CREATE, flags=hikari.MessageFlag.EPHEMERAL
    )
    await interaction.execute("psst")
    await interaction.execute("again", flags=hikari.MessageFlag.EPHEMERAL)


@handle("file")
async def file(interaction: hikari.CommandInteraction) -> None:
    paper = hikari.Bytes(b"paper", "note.txt")
    await interaction.create_initial_response(Reply.MESSAGE_CREATE, "here", attachment=paper)


@bot.listen()
async def on_command(event: hikari.CommandInteractionCreateEvent) -> None:
    await handlers[event.interaction.command_name](event.interaction)


@bot.listen()
async def on_typing(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    typed = values(event.interaction.options)["term"]
    choices = [built.AutocompleteChoiceBuilder(f"{typed}-{number}", f"{typed}{number}") for number in (1, 2)]
    await event.interaction.create_response(choices)


@bot.listen()
async def on_component(event: hikari.ComponentInteractionCreateEvent) -> None:
    interaction = event.interaction
    match interaction.custom_id:
        case "press":
            await interaction.create_initial_response(Reply.MESSAGE_UPDATE, "pressed")
        case "words":
            await say(interaction, "words " + " ".join(interaction.values))
        case "CHANNEL":
            (channel,) = resolved(interaction).channels.values()
            await say(interaction, f"channel {channel.name}")
        case "ROLE":
            (role,) = resolved(interaction).roles.values()
            await say(interaction, f"role {role.name}")
        case kind:
            (user,) = resolved(interaction).users.values()
            await say(interaction, f"{kind.lower()} {user.username}")


@bot.listen()
async def on_form(event: hikari.ModalInteractionCreateEvent) -> None:
    field: Any = next(iter(event.interaction.components))[0]
    await event.interaction.create_initial_response(Reply.MESSAGE_CREATE, f"name {field.value}")


@bot.listen()
async def on_message(event: hikari.GuildMessageCreateEvent) -> None:
    if event.content and event.content.startswith("!echo "):
        await event.message.respond(event.content.removeprefix("!echo "), reply=True)


@bot.listen()
async def on_reaction(event: hikari.GuildReactionAddEvent) -> None:
    user = await bot.rest.fetch_user(event.user_id)
    await bot.rest.create_message(event.channel_id, f"{user.username} reacted with {event.emoji_name}")


def slash(name: str, *options: hikari.CommandOption) -> hikari.api.SlashCommandBuilder:
    """A slash command with these options."""
    command = bot.rest.slash_command_builder(name, name)
    for given in options:
        command.add_option(given)
    return command


@bot.listen()
async def on_starting(_event: hikari.StartingEvent) -> None:
    colours = [hikari.CommandChoice(name="Red", value="R"), hikari.CommandChoice(name="Blue", value="B")]
    leaf = option(Kind.SUB_COMMAND, "put", is_required=False, options=[option(Kind.STRING, "word")])
    commands = [
        slash(
            "kinds",
            option(Kind.STRING, "word"),
            option(Kind.INTEGER, "count"),
            option(Kind.FLOAT, "ratio"),
            option(Kind.BOOLEAN, "flag"),
            option(Kind.USER, "who"),
            option(Kind.CHANNEL, "where"),
            option(Kind.ROLE, "role"),
            option(Kind.MENTIONABLE, "anyone"),
            option(Kind.STRING, "colour", choices=colours),
            option(Kind.ATTACHMENT, "file", is_required=False),
        ),
        slash("settings", option(Kind.SUB_COMMAND_GROUP, "deep", is_required=False, options=[leaf])),
        slash("find", option(Kind.STRING, "term", autocomplete=True)),
        *(slash(name) for name in ("panel", "board", "form", "later", "whisper", "file")),
        bot.rest.context_menu_command_builder(hikari.CommandType.USER, "Greet"),
        bot.rest.context_menu_command_builder(hikari.CommandType.MESSAGE, "Quote"),
    ]
    application = await bot.rest.fetch_application()
    await bot.rest.set_application_commands(application, commands)


if __name__ == "__main__":
    bot.run(check_for_updates=False, status=hikari.Status.ONLINE)
