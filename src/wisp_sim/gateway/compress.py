"""How frames travel: as text, or through one compression context for the whole connection.

Source: https://docs.discord.com/developers/events/gateway#transport-compression
"""

import zlib
from typing import Protocol

try:
    import zstandard
except ImportError:
    ZSTD_AVAILABLE = False
else:
    ZSTD_AVAILABLE = True


class Compressor(Protocol):
    """Turns a frame's text into what is sent."""

    def pack(self, text: str) -> str | bytes:
        """The frame as it travels; bytes go as a binary frame."""


class Plain:
    """No compression."""

    def pack(self, text: str) -> str | bytes:
        """The text itself."""
        return text


class ZlibStream:
    """One deflate stream; each message ends with a sync flush."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(level=1)

    def pack(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """One zstd frame; each message ends with a flushed block."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(level=1).compressobj()

    def pack(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        piece: bytes = self._stream.compress(text.encode())
        return piece + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def compressor_for(wanted: str | None) -> Compressor | None:
    """A fresh context for what the client asked for; None if that cannot be offered."""
    if not wanted:
        return Plain()
    if wanted == "zlib-stream":
        return ZlibStream()
    if wanted == "zstd-stream" and ZSTD_AVAILABLE:
        return ZstdStream()
    return None
