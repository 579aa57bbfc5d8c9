"""Links lead somewhere; inside docs/ the strict build of `make check` sees to it, and anchors too."""

import re
import tomllib

import pytest

from support.pages import ROOT

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
FRONT_PAGES = sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("name", [page.name for page in FRONT_PAGES])
def test_links_of_the_front_pages_lead_to_files(name: str) -> None:
    """What README and its neighbours point at is there."""
    targets = LINK.findall((ROOT / name).read_text("utf-8"))

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_page_is_in_the_menu_once() -> None:
    """A page that is not in the menu would never be found, and one that is gone would break it."""
    config = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))
    listed = re.findall(r"'([\w/-]+\.md)'", repr(config["project"]["nav"]))

    assert sorted(listed) == sorted(
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")
    )
