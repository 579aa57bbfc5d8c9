"""A channel in which much was said."""

from datetime import timedelta

from wisp_sim import Sim
from wisp_sim.model.message import Message

GAP = timedelta(minutes=1)
LONG = "\nIt goes on for another line, with **bold** words and `code` among them."


def write_history(sim: Sim, guild: str, channel: str, count: int) -> None:
    """Put so many messages into an empty channel, by all members in turn, without telling anybody.

    Raises:
        SimError: there is no such guild or channel.
    """
    store = sim._store  # noqa: SLF001 - its own clients could not say so much so fast
    place = store.channels[sim.guild(guild).channel(channel).id]
    authors = [user.id for user in sim.users()]
    now = store.clock.now()
    for number in range(1, count + 1):
        message = Message(
            id=store.ids.make(),
            channel_id=place.id,
            guild_id=place.guild_id,
            # Two in a row: the second goes on below the first.
            author_id=authors[(number // 2) % len(authors)],
            sent_at=now - GAP * (count - number),
            content=f"Message {number}{LONG if number % 3 == 0 else ''}",
        )
        store.messages[place.id][message.id] = message
        place.last_message_id = message.id
