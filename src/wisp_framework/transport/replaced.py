"""Things of which there is one at a time, and that several modules put theirs in place of."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class _Link:
    name: str
    value: object
    former: object


class Replaced:
    """Remembers what each replacement took the place of; any of them can be taken out, in any order."""

    def __init__(self) -> None:
        self._links: list[_Link] = []

    def add(self, name: str, value: object, former: object) -> None:
        """Note that ``value`` now stands where ``former`` stood."""
        self._links.append(_Link(name, value, former))

    def holds(self, name: str, value: object) -> bool:
        """Whether ``value`` took the place of something."""
        return self._find(name, value) is not None

    def former(self, name: str, value: object) -> object:
        """What ``value`` took the place of."""
        link = self._find(name, value)
        return link.former if link is not None else None

    def take_out(self, name: str, value: object, current: object) -> tuple[bool, object]:
        """Take one replacement out of the chain.

        Returns:
            Whether it was the one that stands now, and what stands instead then.
        """
        link = self._find(name, value)
        if link is None:
            return False, None
        self._links.remove(link)
        for later in self._links:
            if later.name == name and later.former is value:
                later.former = link.former
        return current is value, link.former

    def _find(self, name: str, value: object) -> _Link | None:
        return next((link for link in self._links if link.name == name and link.value is value), None)
