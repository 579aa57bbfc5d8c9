"""Whether somebody is there, and what they do."""

from dataclasses import dataclass, field

from wisp_sim.model.payload import Payload

STATUSES = ("online", "dnd", "idle", "invisible", "offline")


@dataclass(frozen=True, slots=True)
class Presence:
    """What a session says of its user; ``activities`` as they travel, but for when they began."""

    status: str = "online"
    activities: tuple[Payload, ...] = field(default=())
    since_ms: int = field(default=0, compare=False)

    @property
    def seen(self) -> str:
        """The status that others see."""
        return "offline" if self.status == "invisible" else self.status


ONLINE = Presence()
OFFLINE = Presence("offline")
