"""Changelog fragments have the form that a release can use."""

import re

from support.pages import ROOT

KINDS = {"added", "changed", "deprecated", "removed", "fixed", "security"}


def test_fragments_have_the_wanted_form() -> None:
    """Each file in changes/ is named topic.kind.md and holds plain sentences."""
    fragments = sorted((ROOT / "changes").iterdir())
    assert fragments, "a project with unreleased changes has fragments"
    for path in fragments:
        assert re.fullmatch(r"[a-z0-9-]+\.[a-z]+\.md", path.name), f"{path.name}: name it topic.kind.md"
        assert path.name.split(".")[1] in KINDS, f"{path.name}: the kinds are {', '.join(sorted(KINDS))}"
        text = path.read_text("utf-8")
        assert text[0].isupper() or text[0] == "`", f"{path.name}: begin with a capital"
        assert text.endswith(".\n"), f"{path.name}: end with a full stop"
        assert not re.search(r"^[#*-]", text, re.MULTILINE), f"{path.name}: sentences, no headings or lists"
