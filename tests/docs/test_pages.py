"""Every code block of the documentation does what the page says."""

from pathlib import Path

import pytest

from support.pages import ROOT, Block, PageError, Runner, blocks, matches, steps

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

# Of the shape that Discord's tokens have, and of nobody: what a reader has in the environment.
TOKEN = ".".join(("MTIzNDU2Nzg5MDEyMzQ1Njc4", "GnobodY", "n" * 38))


def page_name(page: Path) -> str:
    """The page as it is called in this repository."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
async def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of the page run, from top to bottom, and their commands say what is shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.syspath_prepend(tmp_path)

    await Runner(page, tmp_path).run()


def write(folder: Path, text: str) -> Path:
    """A page with that text."""
    page = folder / "page.md"
    page.write_text(text, "utf-8")
    return page


def test_blocks_are_found_with_their_place() -> None:
    """A block knows its language, its file and the line it begins on."""
    page = 'Words.\n\n```python title="bot.py"\nx = 1\n```\n\n    ```text\n    in a list\n    ```\n'

    assert list(blocks(page)) == [
        Block("python", "bot.py", 4, "x = 1\n"),
        Block("text", "", 8, "in a list\n"),
    ]


async def test_blocks_of_a_page_share_their_names(tmp_path: Path) -> None:
    """A later block sees what an earlier one defined, and may await."""
    page = write(
        tmp_path,
        "```python\nx = 20\n```\n```python\nimport asyncio\nawait asyncio.sleep(0)\nassert x == 20\n```\n",
    )

    assert await Runner(page, tmp_path).run() == 2


async def test_a_failing_block_names_its_line(tmp_path: Path) -> None:
    """The traceback of a failing block points into the page."""
    page = write(tmp_path, "Words.\n\n```python\nx = 1\nraise KeyError(x)\n```\n")

    with pytest.raises(KeyError) as failed:
        await Runner(page, tmp_path).run()

    assert failed.traceback[-1].lineno == 4


@pytest.mark.parametrize(
    "text",
    [
        "```pyhton\nx = 1\n```\n",
        "```\nx\n```\n",
        "```sh\nmake dmeo\n```\n",
        "```console\n$ ls\n```\n",
        "```console\nno command\n```\n",
    ],
)
async def test_blocks_that_cannot_be_tried_are_refused(tmp_path: Path, text: str) -> None:
    """A language, command or task that does not exist fails the page."""
    with pytest.raises(PageError):
        await Runner(write(tmp_path, text), tmp_path).run()


async def test_a_shown_example_is_the_example(tmp_path: Path) -> None:
    """A block that names a file of examples/ says what is in it; it is not run here."""
    name = "examples/clients/with_discord_js.js"
    text = (ROOT / name).read_text("utf-8")
    page = write(tmp_path, f'```js title="{name}"\n{text}```\n')
    assert await Runner(page, tmp_path).run() == 1

    with pytest.raises(PageError, match="differ"):
        await Runner(write(tmp_path, page.read_text("utf-8").replace("hello", "hallo")), tmp_path).run()


def test_steps_hold_the_output_below_them() -> None:
    """Each command of a console block is followed by what it says."""
    block = Block("console", "", 3, "$ wisp a\none\ntwo\n$ wisp b\n")

    assert [(step.line, step.command, step.shown) for step in steps(block)] == [
        (3, "wisp a", "one\ntwo"),
        (6, "wisp b", ""),
    ]


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("pong", "pong\n", True),
        ("pong", "ping\n", False),
        ("pong in … ms", "pong in 12 ms", True),
        ("a\n…\nz", "a\nb\nc\nz", True),
        ("a\n…\nz", "a\nz", True),
        ("a\nz", "a\nb\nz", False),
        ("a", "a\nb", False),
    ],
)
def test_shown_output_is_compared(shown: str, said: str, same: bool) -> None:
    """Only what an ellipsis stands for may differ."""
    assert matches(shown, said) is same
