"""What the gallery says: markdown, embeds of every kind, files and a poll."""

import io
import struct
import zlib
from datetime import UTC, datetime, timedelta

import discord

MARKDOWN = """# A heading
## A smaller one
### The smallest
-# Subtext, for what matters less
**Bold**, *italic*, __underlined__, ~~gone~~, ***both***, `code`, ||a spoiler||
- a list
  - with a list in it
- and another item
1. first
2. second
> A quote
[A link](https://example.com/page) and https://example.com and <https://example.com/bare>"""

CODE = '''```python
@bot.command()
async def greet(ctx, name: str = "Ada"):
    """Say hello."""  # to one
    await ctx.send(f"Hello {name}, {1 + 1} times")
```
```json
{"colour": 7, "on": true, "names": ["Ada", null]}
```
```
No language, no colours
```'''


def mentions(user: discord.abc.User, guild: discord.Guild | None) -> str:
    """Every kind of mention and timestamp."""
    role = guild.roles[-1].mention if guild is not None else ""
    channel = guild.text_channels[0].mention if guild is not None else ""
    at = 1_700_000_000
    times = " ".join(f"<t:{at}:{style}>" for style in "tTdDfFR")
    return f"{user.mention} {role} {channel} @everyone </gallery:1>\n{times}\n🎉 <:wisp:1234567890123456789>"


def picture(colour: tuple[int, int, int], width: int = 240, height: int = 120) -> bytes:
    """A PNG: a soft gradient of one colour."""
    rows = b"".join(
        b"\0"
        + b"".join(
            bytes(part * (x + y + 120) // (width + height + 120) for part in colour) for x in range(width)
        )
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def picture_file(name: str, colour: tuple[int, int, int]) -> discord.File:
    """The picture, ready to be sent."""
    return discord.File(io.BytesIO(picture(colour)), name)


def full_embed() -> discord.Embed:
    """An embed with everything that one may have."""
    embed = discord.Embed(
        title="An embed with everything",
        url="https://example.com/embed",
        description="Its **description** knows markdown, and `code`.",
        colour=discord.Colour.from_rgb(139, 123, 255),
        timestamp=datetime(2026, 5, 4, 12, 30, tzinfo=UTC),
    )
    embed.set_author(name="Ada Lovelace", url="https://example.com/ada", icon_url="attachment://small.png")
    embed.set_thumbnail(url="attachment://small.png")
    embed.set_image(url="attachment://wide.png")
    embed.set_footer(text="A footer", icon_url="attachment://small.png")
    for number in range(1, 4):
        embed.add_field(name=f"Inline {number}", value=f"Value **{number}**")
    return embed.add_field(name="A wide field", value="It has the whole line to itself.", inline=False)


def small_embeds() -> list[discord.Embed]:
    """Embeds that have little, in the colours of an outcome."""
    return [
        discord.Embed(description="✅ It worked.", colour=discord.Colour.green()),
        discord.Embed(title="Careful", description="Look at this first.", colour=discord.Colour.orange()),
        discord.Embed(title="Only a title"),
        discord.Embed(description="A picture from elsewhere is named and not fetched.").set_image(
            url="https://example.com/cat.png"
        ),
    ]


def poll() -> discord.Poll:
    """A poll with several answers."""
    made = discord.Poll(question="When shall we meet?", duration=timedelta(hours=24), multiple=True)
    made.add_answer(text="Friday at six", emoji="🍵")
    made.add_answer(text="Saturday morning", emoji="🥐")
    return made.add_answer(text="Never")
