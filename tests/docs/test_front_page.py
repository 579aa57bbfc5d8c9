"""What the front page promises of a bot's size."""

from support.pages import ROOT, blocks

MOST_LINES = 10


def test_the_module_of_the_front_page_is_ten_lines() -> None:
    """A whole module, imports included, takes ten lines that are not empty."""
    page = (ROOT / "README.md").read_text("utf-8")
    module = next(block for block in blocks(page) if "(Module)" in block.text)

    assert len([line for line in module.text.splitlines() if line.strip()]) <= MOST_LINES
