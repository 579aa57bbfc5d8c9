import os

import interactions
from interactions.api.http.route import Route

Route.BASE = os.environ["DISCORD_API"]

bot = interactions.Client(token=os.environ["DISCORD_TOKEN"])


@interactions.slash_command("hello", description="Say hello")
async def hello(ctx: interactions.SlashContext):
    start = interactions.Button(style=interactions.ButtonStyle.BLURPLE, label="Start", custom_id="start")
    await ctx.send("Shall we?", components=start)


@interactions.component_callback("start")
async def start(ctx: interactions.ComponentContext):
    name = interactions.ShortText(label="Name", custom_id="name")
    await ctx.send_modal(interactions.Modal(name, title="Who are you?", custom_id="who"))


@interactions.modal_callback("who")
async def who(ctx: interactions.ModalContext, name: str):
    await ctx.send(f"Hello {name}!")


bot.start()
