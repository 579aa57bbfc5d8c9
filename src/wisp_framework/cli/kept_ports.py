"""The ports of ``wisp dev``, kept from one run to the next, so that open tabs find back."""

import os
import socket
from pathlib import Path

import msgspec

_FILE = "ports.json"
_HOST = "127.0.0.1"
_HIGHEST = 65_535


class _Ports(msgspec.Struct, frozen=True):
    page: int = 0
    discord: int = 0


class KeptPorts:
    """Where the page and the offline Discord were the last time.

    Args:
        folder: where that is kept, beside the world.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._kept = self._read()

    def page(self, wanted: int) -> int:
        """Where the page is to be: as wanted; for 0 where it was if that is free, else 0."""
        return wanted or _free(self._kept.page)

    def discord(self, wanted: int) -> int:
        """Where the offline Discord is to be: as wanted; for 0 where it was if that is free, else 0."""
        return wanted or _free(self._kept.discord)

    def save(self, page: int, discord: int) -> None:
        """Keep them for the next run."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(msgspec.json.encode(_Ports(page, discord)))

    def _read(self) -> _Ports:
        """What is kept; a file that cannot be read is as good as none."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Ports)
        except (OSError, msgspec.MsgspecError):
            return _Ports()


def _free(port: int) -> int:
    """The port, or 0 if something else listens there."""
    if not 0 < port <= _HIGHEST:
        return 0
    with socket.socket() as probe:
        if os.name == "posix":  # as the servers do: connections that have just ended are no obstacle
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return 0
    return port
