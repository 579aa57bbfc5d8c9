"""Opens a port."""

import errno

from aiohttp import web

from wisp_sim.model.errors import SimError


async def listen(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Serve ``app`` there; returns when clients can connect.

    Raises:
        SimError: the address cannot be had.
    """
    # A packed request is no JSON to Discord, and would be a bomb to us.
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=1.0, auto_decompress=False
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise SimError(_why_not(error, host, port)) from error
    return runner


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; stop what listens there, or choose another port (0: any free)"
    return f"cannot listen on {host}:{port}: {error.strerror}; choose another host or port"
