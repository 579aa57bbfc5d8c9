"""Words of a line, with double quotes around what belongs together."""

from dataclasses import dataclass

from wisp_framework.exceptions import LineError

_HIDDEN = "\0"
_BEFORE_QUOTE = ("", " ", ":", "=", ",", "@")


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a line.

    Attributes:
        text: its characters, without the quotes.
        bare: the same, but what was quoted is blanked out, so that it never counts as a separator.
    """

    text: str
    bare: str

    def split(self, separator: str) -> "tuple[Word, Word] | None":
        """What is before and behind the first ``separator`` that is not quoted; None without one."""
        at = self.bare.find(separator)
        if at < 0:
            return None
        return self._cut(0, at), self._cut(at + len(separator), len(self.text))

    def pieces(self, separator: str) -> "list[Word]":
        """The parts between separators that are not quoted."""
        cut = self.split(separator)
        return [cut[0], *cut[1].pieces(separator)] if cut else [self]

    def _cut(self, start: int, end: int) -> "Word":
        return Word(self.text[start:end], self.bare[start:end])


def split_words(line: str) -> list[Word]:
    """The words of a line; a quote may begin where a word or a value begins, and backslash escapes in it.

    Raises:
        LineError: a quote is not closed.
    """
    found: list[Word] = []
    rest = line.strip()
    while rest:
        word, rest = first_word(rest)
        found.append(word)
    return found


def first_word(line: str) -> tuple[Word, str]:
    """The first word, and what follows it as it was written.

    Raises:
        LineError: a quote is not closed.
    """
    return _scan(line.strip(), stop_at_space=True)


def whole(line: str) -> Word:
    """The line as one word, spaces included.

    Raises:
        LineError: a quote is not closed.
    """
    return _scan(line.strip(), stop_at_space=False)[0]


def _scan(line: str, *, stop_at_space: bool) -> tuple[Word, str]:
    text, bare, at = "", "", 0
    while at < len(line):
        char = line[at]
        if stop_at_space and char == " ":
            break
        before = line[at - 1] if at else ""
        if char == '"' and before in _BEFORE_QUOTE:
            quoted, at = _quoted(line, at + 1)
            text, bare = text + quoted, bare + _HIDDEN * len(quoted)
        else:
            text, bare, at = text + char, bare + char, at + 1
    return Word(text, bare), line[at:].strip()


def _quoted(line: str, start: int) -> tuple[str, int]:
    text, at = "", start
    while at < len(line):
        if line[at] == "\\" and line[at + 1 : at + 2] in {'"', "\\"}:
            text, at = text + line[at + 1], at + 2
        elif line[at] == '"':
            return text, at + 1
        else:
            text, at = text + line[at], at + 1
    raise LineError(line, f"opens a quote before {line[start:]!r} and never closes it.")
