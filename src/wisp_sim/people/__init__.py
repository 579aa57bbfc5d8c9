"""People: clients that speak Discord's user side of the wire, and tell what they see."""

from wisp_sim.people.errors import NotThereError, PersonError, RefusedByServerError, UnusableError, WireError
from wisp_sim.people.options import File, HasId, Value
from wisp_sim.people.person import Person
from wisp_sim.people.seen import Choice, Command, Control, Embed, Form, Message, Poll, Seen
from wisp_sim.people.session import PassUntil, Settle, Tell

__all__ = [
    "Choice",
    "Command",
    "Control",
    "Embed",
    "File",
    "Form",
    "HasId",
    "Message",
    "NotThereError",
    "PassUntil",
    "Person",
    "PersonError",
    "Poll",
    "RefusedByServerError",
    "Seen",
    "Settle",
    "Tell",
    "UnusableError",
    "Value",
    "WireError",
]
