"""News of changes from process to process through Redis."""

from collections.abc import Callable

from wisp_framework.services.redis import RedisService


class RedisChangeBus:
    """A `wisp_framework.services.guild_changes.ChangeBus` over Redis' publish and subscribe."""

    def __init__(self, redis: RedisService) -> None:
        self._redis = redis
        self._channel = f"{redis.namespace}:changes"
        self._heard: Callable[[bytes], None] | None = None
        self._joined: Callable[[], None] | None = None
        redis.listen(self._channel, self._hand_on, self._begin)

    def listen(self, heard: Callable[[bytes], None], joined: Callable[[], None]) -> None:
        """Call ``heard`` with every message, and ``joined`` when hearing begins anew."""
        self._heard, self._joined = heard, joined

    async def tell(self, message: bytes) -> None:
        """Tell all processes.

        Raises:
            RedisError: Redis is away.
        """
        await self._redis.run(lambda redis: redis.publish(self._channel, message))

    def _hand_on(self, message: bytes) -> None:
        if self._heard is not None:
            self._heard(message)

    def _begin(self) -> None:
        if self._joined is not None:
            self._joined()
