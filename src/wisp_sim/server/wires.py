"""The server's connections, as one thing to ask."""

from collections.abc import Iterable

from aiohttp import web

from wisp_sim.gateway.gateway import Gateway
from wisp_sim.rest.app import RestApp

_NOT_IMPLEMENTED = 501


class ServerWires:
    """REST and gateway together.

    Args:
        gateway: the one.
        rest: the other.
    """

    def __init__(self, gateway: Gateway, rest: RestApp) -> None:
        self.runner: web.AppRunner | None = None
        self.unserved: list[str] = []
        self._gateway = gateway
        self._rest = rest

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one REST request; remember what is not served."""
        response = await self._rest.serve(request)
        if response.status == _NOT_IMPLEMENTED:
            self.unserved.append(f"{request.method} {request.path}")
        return response

    def peers(self) -> Iterable[object]:
        """The far end's address of each connection."""
        server = self.runner.server if self.runner is not None else None
        for connection in server.connections if server is not None else ():
            transport = connection.transport
            if transport is not None:
                yield transport.get_extra_info("peername")

    def activity(self) -> tuple[object, ...]:
        """Changes whenever anything was sent, asked or connected."""
        server = self.runner.server if self.runner is not None else None
        connections = len(server.connections) if server is not None else 0
        return (*self._gateway.traffic(), self._rest.traffic.total, connections)

    def busy(self) -> bool:
        """A request is being answered."""
        return self._rest.traffic.busy()

    async def confirm(self) -> None:
        """Return when every client has read all that was sent, and no request is open."""
        await self._gateway.confirm()
        await self.wait_quiet()

    async def wait_quiet(self) -> None:
        """Return when no request is open."""
        await self._rest.traffic.wait_quiet()
