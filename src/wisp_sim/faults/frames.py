"""What can go wrong with a frame of the gateway on its way to a bot."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewayFault:
    """Something that goes wrong with one frame."""


@dataclass(frozen=True, slots=True)
class Lost(GatewayFault):
    """It does not arrive; its sequence number is spent."""


@dataclass(frozen=True, slots=True)
class Duplicated(GatewayFault):
    """It arrives twice."""


@dataclass(frozen=True, slots=True)
class Reordered(GatewayFault):
    """It arrives after the one that follows it."""


@dataclass(frozen=True, slots=True)
class LateFrame(GatewayFault):
    """It arrives ``delay_s`` seconds of Discord's clock later."""

    delay_s: float = 2.6

    def __post_init__(self) -> None:
        if not 0 < self.delay_s < math.inf:
            raise ValueError(f"delay_s {self.delay_s} is no time to be late by; give seconds above 0")


@dataclass(frozen=True, slots=True)
class Corrupt(GatewayFault):
    """Half of it arrives, which is no JSON."""


@dataclass(frozen=True, slots=True)
class Silence(GatewayFault):
    """Neither it nor anything after it arrives on this connection, which stays open."""


@dataclass(frozen=True, slots=True)
class NoResume(GatewayFault):
    """A bot that asks to resume is cut off without a word: it sees 1006."""
