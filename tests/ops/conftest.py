"""What the tests of the operators' door share."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from wisp_framework import WispApp

OPS_TOKEN = "correct-horse-battery-staple"


class Operator:
    """Somebody with an HTTP client."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, app: WispApp, path: str, **headers: str) -> tuple[int, str]:
        """Status and body of what the bot answers."""
        url = f"http://127.0.0.1:{app.ops.port}{path}"
        async with self._session.get(url, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def operator() -> AsyncIterator[Operator]:
    """Somebody who asks."""
    async with aiohttp.ClientSession() as session:
        yield Operator(session)
