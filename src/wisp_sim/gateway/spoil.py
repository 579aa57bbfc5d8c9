"""Lets faults come between the gateway and the frames of one connection."""

import json
from collections.abc import Callable

from wisp_sim.clock import Clock
from wisp_sim.faults import Corrupt, Duplicated, Faults, GatewayFault, LateFrame, Lost, Reordered, Silence
from wisp_sim.gateway.codes import Op
from wisp_sim.model.account import User


class SpoiledFrames:
    """Sends the frames of one connection, or what the faults make of them.

    Args:
        faults: what is switched on.
        clock: what late frames are late by.
    """

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults, self._clock = faults, clock
        self._kept_back: list[str] = []
        self.silent = False

    @property
    def are_sound(self) -> bool:
        """No fault is in the way, and none that struck before goes on."""
        return self._faults.gateway_is_sound and not self.silent and not self._kept_back

    def send(self, account: User | None, text: str, put: Callable[[str], None]) -> None:
        """Send this frame, rightly or wrongly; people get all of theirs rightly."""
        if self.silent:
            return
        if account is not None and not account.bot:
            put(text)
            return
        before, self._kept_back = self._kept_back, []
        self._spoil(self._faults.take_frame(None if account is None else account.id, _name(text)), text, put)
        for late in before:
            put(late)

    def _spoil(self, fault: GatewayFault | None, text: str, put: Callable[[str], None]) -> None:
        match fault:
            case Lost():
                pass
            case Silence():
                self.silent = True
            case Duplicated():
                put(text)
                put(text)
            case Reordered():
                self._kept_back.append(text)
            case LateFrame(delay_s=delay_s):
                self._clock.call_later(delay_s, lambda: put(text))
            case Corrupt():
                put(text[: len(text) // 2])
            case _:
                put(text)


def _name(text: str) -> str:
    """The name of the event, or of the opcode if it is none."""
    frame = json.loads(text)
    return str(frame["t"] or Op(frame["op"]).name)
