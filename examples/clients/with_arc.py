import os

import arc
import hikari
from hikari.impl import MessageActionRowBuilder, ModalActionRowBuilder

bot = hikari.GatewayBot(os.environ["DISCORD_TOKEN"], rest_url=os.environ["DISCORD_API"], banner=None)
client = arc.GatewayClient(bot)


@client.include
@arc.slash_command("hello", "Say hello")
async def hello(ctx: arc.GatewayContext) -> None:
    row = MessageActionRowBuilder().add_interactive_button(hikari.ButtonStyle.PRIMARY, "start", label="Start")
    await ctx.respond("Shall we?", component=row)


@bot.listen()
async def start(event: hikari.ComponentInteractionCreateEvent) -> None:
    row = ModalActionRowBuilder().add_text_input("name", "Name")
    await event.interaction.create_modal_response("Who are you?", "who", component=row)


@bot.listen()
async def who(event: hikari.ModalInteractionCreateEvent) -> None:
    name = next(iter(event.interaction.components))[0]
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, f"Hello {name.value}!"
    )


bot.run(check_for_updates=False)
