"""The gate in front of everything that belongs to a module."""

from wisp_framework.exceptions import ModuleDisabledError, ShuttingDownError
from wisp_framework.feature_flags import FeatureFlags


class Gate:
    """Lets an invocation through, or refuses by raising; asks memory only, never a database."""

    def __init__(self, flags: FeatureFlags) -> None:
        self._flags = flags
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the bot is stopping and takes nothing new."""
        return self._closed

    def close(self) -> None:
        """Refuse everything from now on; what runs already goes on."""
        self._closed = True

    def check(self, module: str | None, guild_id: int | None) -> None:
        """Return if code of ``module`` may run for this guild; None is a bot's own code, outside modules.

        Args:
            module: the owner of what is invoked.
            guild_id: None in direct messages, where a module is on if it is on anywhere.

        Raises:
            ShuttingDownError: the bot is stopping.
            ModuleDisabledError: the module is off there.
        """
        if self._closed:
            raise ShuttingDownError
        if module is not None and not self._flags.is_enabled(guild_id, module):
            raise ModuleDisabledError(module, guild_id)

    def allows(self, module: str | None, guild_id: int | None) -> bool:
        """The same answer without the reason, for events, to which nobody could reply."""
        return not self._closed and (module is None or self._flags.is_enabled(guild_id, module))
