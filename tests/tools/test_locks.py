"""Requirement files fit pyproject.toml and belong to no machine."""

from tools.environment import REQUIREMENTS, ROOT, pinned_uv, tables_digest
from tools.locks import MARK, problems

PYPROJECT = '[project]\nname = "thing"\ndependencies = ["a>=1"]\n'


def locked(pyproject: str, body: str = "a==1 \\\n    --hash=sha256:00\n") -> dict[str, str]:
    """A requirement file that was made from that pyproject.toml."""
    return {"dev.txt": f"{MARK}{tables_digest(pyproject)}\n{body}"}


def test_files_made_from_these_tables_are_fine() -> None:
    """What was made from the tables as they are fits."""
    assert problems(PYPROJECT, locked(PYPROJECT)) == []


def test_only_dependencies_count() -> None:
    """Another tool's settings, comments or layout do not outdate the files."""
    changed = PYPROJECT.replace('"a>=1"', '\n  "a>=1",  # why\n') + "[tool.x]\ny = 1\n"

    assert problems(changed, locked(PYPROJECT)) == []


def test_a_changed_dependency_is_seen() -> None:
    """A dependency that was added, or never locked, is named with the remedy."""
    changed = PYPROJECT.replace("a>=1", "a>=2")

    assert problems(changed, locked(PYPROJECT)) == [
        "requirements/dev.txt is out of step with pyproject.toml; run: make lock"
    ]
    assert len(problems(PYPROJECT, {"dev.txt": "a==1\n"})) == 1


def test_places_are_refused() -> None:
    """Where packages come from is for each machine to say."""
    for line in ("--index-url https://example.org/simple\n", "a @ https://example.org/a.whl\n"):
        assert len(problems(PYPROJECT, locked(PYPROJECT, line))) == 1


def test_the_files_of_this_checkout_pin_with_hashes() -> None:
    """Every requirement of every file is one version with at least one hash."""
    for path in sorted(REQUIREMENTS.glob("*.txt")):
        entries = path.read_text("utf-8").replace("\\\n", " ").splitlines()
        for entry in entries:
            if entry.strip() and not entry.lstrip().startswith("#"):
                assert "==" in entry, f"{path.name}: {entry}"
                assert "--hash=sha256:" in entry, f"{path.name}: {entry}"


def test_the_build_backend_is_part_of_the_pinned_uv() -> None:
    """Installing the project asks no index: uv brings the backend that pyproject.toml wants."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")

    assert 'requires = ["uv_build>=0.9,<1"]' in pyproject
    assert pinned_uv().startswith("0.")
