"""What can go wrong before or while a person acts; what the bot does wrong is no error but something seen."""

from collections.abc import Iterable
from difflib import get_close_matches

from wisp_sim.model.errors import SimError


class PersonError(SimError):
    """A person cannot do what was asked of them."""


class NotThereError(PersonError):
    """What was named is not there for this person to use.

    Args:
        what: the kind of thing, for example ``command``.
        name: what was asked for.
        known: what there is instead.
        where: where it was looked for, for example ``in #general``.
    """

    def __init__(self, what: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.what = what
        self.name = name
        self.known = tuple(dict.fromkeys(known))
        place = f" {where}" if where else ""
        super().__init__(f"There is no {what} {name!r}{place}.{self._remedy()}")

    def _remedy(self) -> str:
        folded = {known.casefold(): known for known in self.known}
        close = get_close_matches(self.name.casefold(), folded, n=1, cutoff=0.6)
        guess = f" Did you mean {folded[close[0]]!r}?" if close else ""
        there = f" There is: {', '.join(self.known)}." if self.known else " There is none at all."
        return guess + there


class UnusableError(PersonError):
    """It is there, but cannot be used in this way: a wrong value, a missing option, a disabled button."""


class WireError(PersonError):
    """The server does not let this person in, or went away."""


class RefusedByServerError(PersonError):
    """The server refused a request.

    Args:
        status: the HTTP status.
        code: Discord's error code; 0 when there is none.
        sentence: what the server says, nested field errors included.
    """

    def __init__(self, status: int, code: int, sentence: str) -> None:
        self.status = status
        self.code = code
        self.sentence = sentence
        super().__init__(f"{sentence} (HTTP {status}, code {code})")
