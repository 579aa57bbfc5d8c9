"""The rules of the house, on small files."""

import textwrap

import pytest

from tools.house import Source, breaches


def found(text: str, path: str = "src/wisp_framework/thing.py") -> list[str]:
    """What the rules say about a file with that text."""
    return [breach.text for breach in breaches(Source(path, textwrap.dedent(text)))]


def test_a_tidy_file_has_no_breach() -> None:
    """What the house asks for is let through."""
    assert (
        found(
            '"""A thing."""\n\nimport os\n\n\ndef name() -> str:\n    """Its name."""\n    return os.name\n'
        )
        == []
    )


def test_a_long_file_is_named() -> None:
    """The 401st line of code is one too many; comments and docstrings do not count."""
    words = '"""Long.\n' + "word\n" * 500 + '"""\n' + "# why\n\n" * 500

    assert found(words + "x = 1\n" * 400) == []
    assert found(words + "x = 1\n" * 401) == [
        "401 lines of code; a file has at most 400: split it by meaning"
    ]


def test_a_long_function_is_named() -> None:
    """The 41st line of a function is one too many; its docstring does not count."""
    head = "def work() -> None:\n" + '    """Works.\n\n' + "    word\n" * 50 + '    """\n'

    assert found(head + "    x = 1\n" * 39) == []
    assert found(head + "    x = 1\n" * 40) == ["work has 41 lines of code; a function has at most 40"]


@pytest.mark.parametrize(
    "signature",
    [
        "def f(x: Any) -> int: ...",
        "def f() -> dict[str, Any]: ...",
        "def f(*x: typing.Any) -> int: ...",
        "async def f(x: 'list[Any]') -> int: ...",
        "class A:\n    def f(self, *, x: Any) -> int: ...",
        "class A:\n    def __init__(self, **x: Any) -> None: ...",
    ],
)
def test_any_in_a_public_signature_is_named(signature: str) -> None:
    """A public function says what it takes and gives."""
    assert len(found(signature)) == 1


@pytest.mark.parametrize(
    "signature",
    [
        "def _f(x: Any) -> int: ...",
        "class _A:\n    def f(self, x: Any) -> int: ...",
        "class A:\n    @override\n    def f(self, x: Any) -> int: ...",
        "class A:\n    @typing_extensions.override\n    def f(self, x: Any) -> int: ...",
        "def f(x: AnyCommand) -> int: ...",
    ],
)
def test_any_elsewhere_is_let_through(signature: str) -> None:
    """What is private, or shaped by a class that is not ours, may have Any."""
    assert found(signature) == []


IMPORT = """
    def load() -> None:
        import yaml
"""
OPTIONAL_IMPORT = """
    def load() -> None:
        try:
            import yaml
        except ImportError:
            raise SystemExit("needs yaml") from None
"""


def test_an_import_inside_a_function_is_named() -> None:
    """Imports are at the top, where circles show."""
    assert found(IMPORT) == ["import inside load; it belongs at the top"]


def test_rooms_that_need_an_extra_may_be_imported_late() -> None:
    """A room that needs an optional package is imported where it is certain that the package is there."""
    assert found("def load() -> None:\n    from wisp_framework.db.models import Base\n") == []
    assert len(found("def load() -> None:\n    from wisp_framework.module import Module\n")) == 1


def test_optional_packages_and_commands_may_import_late() -> None:
    """The two exceptions: a package that may be missing, and the commands of the command line."""
    assert found(OPTIONAL_IMPORT) == []
    assert found(IMPORT, path="src/wisp_framework/cli/run.py") == []


@pytest.mark.parametrize("word", ["TODO", "for now", "FIXME later", "Phase 4", "not implemented yet"])
def test_announced_work_is_named(word: str) -> None:
    """Comments and docstrings say why, not what somebody means to do."""
    assert len(found(f"x = 1  # {word}\n")) == 1
    assert len(found(f'"""A thing. {word}"""\n')) == 1
    assert found(f"x = '{word}'\n") == []
