"""One place in a description that is being read: its value, its path, and the errors that name both."""

import difflib
from collections.abc import Iterable
from typing import NoReturn

from wisp_sim.model.errors import WorldError
from wisp_sim.model.snowflake import MIN_DIGITS, parse_snowflake

_SHOWN_CHARS = 60
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number"}


class Node:
    """A value with the path that leads to it."""

    def __init__(self, value: object, path: str) -> None:
        self.value = value
        self.path = path

    def fail(self, problem: str) -> NoReturn:
        """Refuse the description here.

        Raises:
            WorldError: always.
        """
        raise WorldError(self.path, problem)

    def shown(self) -> str:
        """The value as an error may show it."""
        text = repr(self.value)
        return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."

    def _wrong_kind(self, wanted: str) -> NoReturn:
        kind = _KINDS.get(type(self.value), type(self.value).__name__)
        self.fail(f"{self.shown()} is {kind}; write {wanted}")

    def fields(self, known: Iterable[str]) -> dict[str, "Node"]:
        """The entries of an object that may have only the ``known`` keys; null counts as absent."""
        if not isinstance(self.value, dict):
            self._wrong_kind("an object with the keys " + ", ".join(known))
        allowed = tuple(known)
        for key in self.value:
            if key not in allowed:
                self.fail(f"unknown key {key!r}; {suggest(str(key), allowed)}")
        prefix = f"{self.path}." if self.path else ""
        return {key: Node(value, f"{prefix}{key}") for key, value in self.value.items() if value is not None}

    def items(self) -> list["Node"]:
        """The entries of a list."""
        if not isinstance(self.value, list | tuple):
            self._wrong_kind("a list")
        return [Node(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def text(self, *, max_chars: int = 100) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str):
            self._wrong_kind("a text")
        if not self.value.strip():
            self.fail("is empty; write a text")
        if len(self.value) > max_chars:
            self.fail(f"{self.shown()} has {len(self.value)} characters; at most {max_chars} are allowed")
        return self.value

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self._wrong_kind("true or false")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """A whole number within bounds."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self._wrong_kind("a whole number")
        if not least <= self.value <= most:
            self.fail(f"{self.value} is not between {least} and {most}")
        return self.value

    def snowflake(self) -> int:
        """An id in Discord's form."""
        snowflake = parse_snowflake(self.value)
        if snowflake is None or len(str(snowflake)) < MIN_DIGITS:
            self.fail(
                f"{self.shown()} is not a Discord id; write a number of {MIN_DIGITS} to 19 digits,"
                " or leave it out and one is made"
            )
        return snowflake

    def one_of(self, known: Iterable[str], what: str) -> str:
        """One of the ``known`` names."""
        name, allowed = self.text(), tuple(known)
        if name not in allowed:
            self.fail(f"{name!r} is no {what}; {suggest(name, allowed)}")
        return name

    def names(self, known: Iterable[str], what: str) -> tuple[str, ...]:
        """A list of ``known`` names, each at most once."""
        allowed, chosen = tuple(known), dict[str, None]()
        for item in self.items():
            name = item.one_of(allowed, what)
            if name in chosen:
                item.fail(f"{name!r} is named twice; remove one")
            chosen[name] = None
        return tuple(chosen)


def suggest(name: str, allowed: tuple[str, ...]) -> str:
    """The remedy for a name that does not exist."""
    near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are: {', '.join(allowed)}" if allowed else "there are none"
