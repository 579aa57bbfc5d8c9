"""The rules of the house that no other tool knows: sizes, ``Any`` in public, imports in functions."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 400
FUNCTION_LINES = 40
LATER = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|WIP|for now|not (?:yet )?implemented yet|phase \d)\b", re.IGNORECASE
)
NEEDS_EXTRA = (
    "wisp_framework.db",
    "wisp_framework.services.database",
    "wisp_framework.services.redis",
    "wisp_framework.services.redis_cache",
    "wisp_framework.services.redis_changes",
    "wisp_framework.policy.redis_limits",
    "wisp_framework.services.span_export",
)
"""Rooms that cannot be imported without an optional package, so whoever can do without imports them late."""

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Breach:
    """One place where a rule is not kept."""

    path: str
    line: int
    text: str

    def line_of_text(self) -> str:
        """The breach as editors and terminals like to read it."""
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One parsed file.

    Attributes:
        path: where it is, relative to the checkout, with forward slashes.
        text: what it holds.
    """

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        """Its tokens, comments included."""
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    @cached_property
    def docstring_lines(self) -> set[int]:
        """The numbers of all lines that belong to docstrings."""
        lines: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
                first = node.body[0]
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        return lines

    def breach(self, line: int, text: str) -> Breach:
        """A breach in this file."""
        return Breach(self.path, line, text)


def code_lines(source: Source) -> set[int]:
    """The numbers of the lines that are neither blank nor comment nor docstring."""
    lines: set[int] = set()
    for token in source.tokens:
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - source.docstring_lines


def sizes(source: Source) -> Iterator[Breach]:
    """Files and functions that are too long to be read at once."""
    code = code_lines(source)
    if len(code) > FILE_LINES:
        yield source.breach(
            1, f"{len(code)} lines of code; a file has at most {FILE_LINES}: split it by meaning"
        )
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            length = len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
            if length > FUNCTION_LINES:
                text = f"{node.name} has {length} lines of code; a function has at most {FUNCTION_LINES}"
                yield source.breach(node.lineno, text)


def public_functions(body: list[ast.stmt]) -> Iterator[Function]:
    """Functions and methods that others may call: no name on the way to them begins with an underscore."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        elif isinstance(node, Function) and (not node.name.startswith("_") or node.name == "__init__"):
            yield node
        elif isinstance(node, ast.If | ast.Try):
            yield from public_functions(node.body + node.orelse)


def names_any(annotation: ast.expr | None) -> bool:
    """Whether an annotation has ``Any`` somewhere in it, also as text."""
    if annotation is None:
        return False
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id == "Any":
            return True
        if isinstance(node, ast.Attribute) and node.attr == "Any":
            return True
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\bAny\b", node.value)
        ):
            return True
    return False


def overrides(function: Function) -> bool:
    """Whether a method says that its shape is given by the class above it."""
    names = [node.attr if isinstance(node, ast.Attribute) else node for node in function.decorator_list]
    return any(name == "override" or (isinstance(name, ast.Name) and name.id == "override") for name in names)


def any_in_public(source: Source) -> Iterator[Breach]:
    """Public signatures that promise nothing."""
    for function in public_functions(source.tree.body):
        given = function.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        annotations = [argument.annotation for argument in arguments if argument] + [function.returns]
        if any(map(names_any, annotations)) and not overrides(function):
            yield source.breach(function.lineno, f"{function.name} has Any in its signature; name the type")


def imports_in_functions(source: Source) -> Iterator[Breach]:
    """Imports below the top of the file, but for optional packages and the commands of the command line."""
    if source.path.startswith("src/wisp_framework/cli/"):
        return
    optional = {
        id(inner)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Try) and any(map(catches_import_error, node.handlers))
        for inner in ast.walk(node)
    }
    for function in [node for node in ast.walk(source.tree) if isinstance(node, Function)]:
        for node in ast.walk(function):
            if not isinstance(node, ast.Import | ast.ImportFrom) or id(node) in optional or needs_extra(node):
                continue
            yield source.breach(node.lineno, f"import inside {function.name}; it belongs at the top")


def needs_extra(node: ast.AST) -> bool:
    """Whether a ``from`` import is of one of the rooms that need an optional package."""
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    return any(module == room or module.startswith(f"{room}.") for room in NEEDS_EXTRA)


def catches_import_error(handler: ast.ExceptHandler) -> bool:
    """Whether an ``except`` answers a missing package."""
    return handler.type is not None and bool({"ImportError", "ModuleNotFoundError"} & names_in(handler.type))


def names_in(node: ast.AST) -> set[str]:
    """All plain names in an expression."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def words_for_later(source: Source) -> Iterator[Breach]:
    """Comments and docstrings that announce unfinished work."""
    comments = {token.start[0]: token.string for token in source.tokens if token.type == tokenize.COMMENT}
    for number, line in enumerate(source.text.splitlines(), 1):
        said = line if number in source.docstring_lines else comments.get(number, "")
        found = LATER.search(said)
        if found:
            yield source.breach(
                number, f"{found.group()!r} announces unfinished work; finish it or file an issue"
            )


RULES = (sizes, any_in_public, imports_in_functions, words_for_later)


def breaches(source: Source) -> list[Breach]:
    """Everything in a file that the house does not allow, in order of place."""
    return sorted({breach for rule in RULES for breach in rule(source)})


def sources(root: Path) -> Iterator[Source]:
    """The files that the rules are for: the packages and the tools, not the tests."""
    for folder in ("src", "tools", "examples", "benchmarks"):
        for path in sorted((root / folder).rglob("*.py")):
            yield Source(path.relative_to(root).as_posix(), path.read_text("utf-8"))


def main() -> int:
    """Print all breaches in the checkout; 1 if there is any."""
    files = list(sources(ROOT))
    found = [breach for source in files for breach in breaches(source)]
    print(
        *(breach.line_of_text() for breach in found), f"{len(files)} files, {len(found)} breaches", sep="\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
