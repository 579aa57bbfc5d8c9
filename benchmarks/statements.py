"""Counts what a process asks of its database."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy import event
from sqlalchemy.engine import Engine

EVENT = "before_cursor_execute"


class Statements:
    """Counts the SQL statements of all engines of this process, while it is entered.

    Args:
        counts: asked at each statement whether it counts.
    """

    def __init__(self, counts: Callable[[], bool] = lambda: True) -> None:
        self.count = 0
        self._counts = counts

    def __enter__(self) -> Self:
        event.listen(Engine, EVENT, self._seen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(Engine, EVENT, self._seen)

    def _seen(self, *_about: object) -> None:
        self.count += self._counts()
