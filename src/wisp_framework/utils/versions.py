"""Versions of packages and modules, and whether they are what somebody needs."""

import operator
import re
from collections.abc import Callable, Mapping
from functools import total_ordering
from typing import Final

from typing_extensions import override

_VERSION: Final = re.compile(
    r"v?(\d+(?:\.\d+)*)(?:[.-]?(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?(?:\+[\w.]+)?"
)
_DEMAND: Final = re.compile(r"(==|!=|>=|<=|~=|>|<)\s*([^\s,]+)")
_FINAL: Final = ("z", 0)
"""Sorts behind every pre-release, of which the last are ``rc``."""
_DEV: Final = ("", 0)
"""Sorts before them."""


@total_ordering
class Version:
    """One version, of the forms that Python packages have: ``1.4``, ``2.0rc1``, ``1.0.post1``, ``3.1.dev2``.

    Raises:
        ValueError: it has another form.

    Source: https://packaging.python.org/en/latest/specifications/version-specifiers/
    """

    def __init__(self, text: str) -> None:
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no version; one is written like 1.4.2")
        release, kind, number, post, dev = found.groups()
        self.release = tuple(int(part) for part in release.split("."))
        trimmed = self.release
        while len(trimmed) > 1 and trimmed[-1] == 0:
            trimmed = trimmed[:-1]
        stage = (kind, int(number)) if kind else (_DEV if dev and not post else _FINAL)
        self._key = (trimmed, stage, int(post) + 1 if post else 0, 0 if dev else 1, int(dev or 0))

    def series(self, base: "Version") -> tuple[int, ...]:
        """The parts of this version that must not differ from those of a compatible one, ``~=``."""
        return self.release[: len(base.release) - 1]

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    @override
    def __hash__(self) -> int:
        return hash(self._key)


_HOLDS: Final[Mapping[str, Callable[[Version, Version], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "~=": lambda version, base: version >= base and version.series(base) == base.series(base),
}


def satisfies(version: str, demand: str) -> bool:
    """Whether a version is one that is asked for.

    Args:
        version: for example ``1.4.2``.
        demand: comparisons with commas between, all of which have to hold: ``>=1.2,<2``. Empty: any version.

    Raises:
        ValueError: one of them has another form; the message quotes it.
    """
    wanted = demand.strip()
    if not wanted:
        return True
    parts = [_DEMAND.fullmatch(part.strip()) for part in wanted.split(",")]
    if not all(parts):
        raise ValueError(f"{demand!r} is no demand on a version; one is written like >=1.2,<2")
    mine = Version(version)
    bounds = [(_HOLDS[part[1]], Version(part[2])) for part in parts if part is not None]
    return all(holds(mine, bound) for holds, bound in bounds)
