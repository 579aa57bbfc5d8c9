"""The generated parts of the documentation."""

from tools.docs import cell, command_list, renewed, stale_pages


def test_no_generated_part_is_out_of_date() -> None:
    """What the pages say of the code is what the code says of itself."""
    assert list(stale_pages()) == []


def test_generated_parts_are_replaced_and_the_rest_kept() -> None:
    """Only what stands between the marks changes, and a second time nothing does."""
    page = "Before.\n\n<!-- generated: settings -->\nwhat was there\n<!-- end -->\n\nAfter.\n"

    once = renewed(page)

    assert once.startswith("Before.\n\n<!-- generated: settings -->\n")
    assert once.endswith("<!-- end -->\n\nAfter.\n")
    assert "`DISCORD_TOKEN`" in once
    assert "what was there" not in once
    assert renewed(once) == once


def test_a_cell_stays_in_its_column() -> None:
    """Line breaks and bars in a text do not break the table."""
    assert cell("a\n  b | c") == "a b \\| c"


def test_every_command_is_told_by_its_name() -> None:
    """A command that is named after its function has its own help on the page, too."""
    told = command_list()

    assert "Usage: wisp jobs cancel [OPTIONS]" in told
    assert "No such command" not in told
