"""A wire between a bot and a server that can be slow, cut or silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 65536


class FaultProxy:
    """Hands bytes on between its own loopback port and a server's.

    Set ``delay_s`` to slow each direction down, ``silent`` to swallow what comes: connections are still
    taken, and nothing ever arrives. `cut` refuses everything, until `mend`.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.silent = False
        self._server_port = server_port
        self._listener: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        """Take connections, on the same port as before."""
        self.delay_s, self.silent = 0.0, False
        if self._listener is None:
            self._listener = await asyncio.start_server(self._link, "127.0.0.1", self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        await self.drop()

    async def drop(self) -> None:
        """Break every connection; new ones are welcome."""
        for link in self._links:
            link.cancel()
        if self._links:
            await asyncio.wait(self._links)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        try:
            await self._hand_on(reader, writer)
        except asyncio.CancelledError:
            pass  # by us: the link is over, and asyncio would tell of a handler that was cancelled
        finally:
            self._links.discard(link)

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._copy(reader, back))
                group.create_task(self._copy(there, writer))
        finally:
            writer.transport.abort()
            back.transport.abort()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if not self.silent:
                    target.write(data)
                    await target.drain()
        target.transport.abort()


@asynccontextmanager
async def fault_proxy(server_port: int) -> AsyncIterator[FaultProxy]:
    """A proxy in front of the server on that port, for the length of the block."""
    proxy = FaultProxy(server_port)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.cut()
