"""What every gateway frame must look like before discord.py sees it.

Source: https://docs.discord.com/developers/events/gateway-events#payload-structure
"""

from typing import Annotated

import msgspec

DISPATCH, HELLO = 0, 10
KNOWN = frozenset({DISPATCH, 1, 7, 9, HELLO, 11})
"""The operations that Discord sends to a client."""

Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,20}\Z")]
Interval = Annotated[int, msgspec.Meta(ge=1_000, le=3_600_000)]


class Frame(msgspec.Struct, frozen=True):
    """A frame with its content still unread."""

    op: int
    t: str | None = None
    s: Sequence | None = None
    d: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def name(self) -> str:
        """The event, or the operation of what is none."""
        return self.t or f"operation {self.op}"

    @property
    def is_ready(self) -> bool:
        """Whether a session begins with it."""
        return self.op == DISPATCH and self.t == "READY"


class _Hello(msgspec.Struct, frozen=True):
    heartbeat_interval: Interval


class _User(msgspec.Struct, frozen=True):
    id: Id
    username: str
    discriminator: str
    avatar: str | None


class _Guild(msgspec.Struct, frozen=True):
    id: Id


class _Ready(msgspec.Struct, frozen=True):
    user: _User
    guilds: list[_Guild]
    session_id: Annotated[str, msgspec.Meta(min_length=1)]
    resume_gateway_url: Annotated[str, msgspec.Meta(pattern=r"^wss?://[^/?#\s]+")]
    shard: tuple[int, int]


_frame = msgspec.json.Decoder(Frame)
_hello = msgspec.json.Decoder(_Hello)
_ready = msgspec.json.Decoder(_Ready)


def read(text: str) -> Frame:
    """The frame in ``text``.

    Raises:
        msgspec.DecodeError: it is no frame that Discord would send.
    """
    frame = _frame.decode(text)
    if frame.op not in KNOWN:
        raise msgspec.ValidationError(f"unknown operation {frame.op}")
    return frame


def check(frame: Frame) -> None:
    """Read HELLO and READY to their end: without them nothing works.

    Raises:
        msgspec.DecodeError: it lacks something that a session needs.
    """
    if frame.op == HELLO:
        _hello.decode(frame.d)
    elif frame.is_ready:
        if frame.s is None:
            raise msgspec.ValidationError("READY without a sequence number")
        _ready.decode(frame.d)
