"""Who registers what: the owner of the moment, and how to take back all that it registered."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Undo = Callable[[], Awaitable[object] | object]


class Owner:
    """Remembers how to undo what is registered in its name, newest first.

    After `take_back` it keeps nothing alive but its name: contexts that timers and
    keep-alive handles copied may go on pointing at it.
    """

    __slots__ = ("__weakref__", "_next", "_released", "_undos", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._released = False
        self._undos: dict[int, Undo] = {}
        self._next = 0

    def record(self, undo: Undo) -> int:
        """Keep ``undo`` for the release; the number returned lets `forget` drop it.

        Raises:
            RuntimeError: the owner was released: nothing may be registered in its name any more.
        """
        if self._released:
            raise RuntimeError(f"module {self.name!r} is unloaded; nothing can be registered in its name")
        self._next += 1
        self._undos[self._next] = undo
        return self._next

    def forget(self, key: int) -> None:
        """Drop what `record` returned ``key`` for: it is gone already."""
        self._undos.pop(key, None)

    @property
    def released(self) -> bool:
        """Whether this owner is gone; nothing may be registered in its name any more."""
        return self._released

    @property
    def holdings(self) -> int:
        """How many registrations it still has to undo."""
        return len(self._undos)

    def take_back(self) -> Iterator[Undo]:
        """End this owner and hand out what must be undone, newest first, also what is recorded meanwhile."""
        self._released = True
        while self._undos:
            yield self._undos.popitem()[1]


_owner: ContextVar[Owner | None] = ContextVar("wisp_owner", default=None)


def current_owner() -> Owner | None:
    """Whose code is running: None for the framework and for code outside modules."""
    return _owner.get()


def enter_owner(owner: Owner | None) -> None:
    """Let the rest of this task, and the tasks it starts, act in the name of ``owner``."""
    _owner.set(owner)


@contextmanager
def owned_by(owner: Owner | None) -> Iterator[None]:
    """Let everything inside, and the tasks started inside, act in the name of ``owner``."""
    token = _owner.set(owner)
    try:
        yield
    finally:
        _owner.reset(token)
