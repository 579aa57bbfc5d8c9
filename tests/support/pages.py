"""Runs what the documentation shows: the code blocks of a page, from top to bottom.

The form of the blocks is told in CONTRIBUTING.md.
"""

import ast
import asyncio
import inspect
import json
import os
import re
import shlex
import shutil
import sys
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^`]*)$")
TITLE = re.compile(r'title="([^"]+)"')
COMMAND_LIMIT_S = 120
PARSERS: Mapping[str, Callable[[str], object]] = {
    "json": json.loads,
    "yaml": yaml.safe_load,
    "toml": tomllib.loads,
}


class PageError(AssertionError):
    """A page shows something that is not so; the message names the page and the line."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Attributes:
        language: the first word after the fence, empty if there is none.
        title: the file that the block is, or empty.
        line: the number of the first line inside the fence.
        text: what stands between the fences, without their indentation.
    """

    language: str
    title: str
    line: int
    text: str


@dataclass(frozen=True)
class Step:
    """A command of a console block and the output that the page shows under it."""

    line: int
    command: str
    shown: str


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    opened: re.Match[str] | None = None
    held: list[str] = []
    first = 0
    for number, line in enumerate(page.splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None:
            if fence:
                opened, held, first = fence, [], number + 1
        elif fence and not fence["info"].strip():
            words = opened["info"].split()
            title = TITLE.search(opened["info"])
            yield Block(words[0] if words else "", title[1] if title else "", first, "\n".join(held) + "\n")
            opened = None
        else:
            held.append(line.removeprefix(opened["indent"]))


def steps(block: Block) -> Iterator[Step]:
    """The commands of a console block, each with the lines below it up to the next."""
    command, line, shown = "", 0, list[str]()
    for offset, text in enumerate(block.text.splitlines()):
        if text.startswith("$ "):
            if command:
                yield Step(line, command, "\n".join(shown))
            command, line, shown = text.removeprefix("$ "), block.line + offset, []
        elif not command:
            raise PageError(f"line {block.line + offset}: a console block begins with a command after '$ '")
        else:
            shown.append(text)
    if command:
        yield Step(line, command, "\n".join(shown))


def matches(shown: str, said: str) -> bool:
    """Whether a program said what a page shows.

    ``…`` stands for any characters of a line, and alone in a line for any lines.
    """
    lines = [re.escape(line.rstrip()).replace("…", ".*") for line in shown.strip().splitlines()]
    wanted = "".join("(?:.*\n)*?" if line == ".*" else f"{line}\n" for line in lines)
    heard = "".join(f"{line.rstrip()}\n" for line in said.strip().splitlines())
    return re.fullmatch(wanted, heard) is not None


class Runner:
    """Runs the blocks of one page in a folder of its own, with one namespace and one event loop."""

    def __init__(self, page: Path, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._module = types.ModuleType("page_" + re.sub(r"\W", "_", page.stem))

    async def run(self) -> int:
        """Run all blocks; returns how many there were.

        Raises:
            PageError: a block has an unknown language, or a command says something else than is shown.
        """
        sys.modules[self._module.__name__] = self._module
        count = 0
        try:
            for block in blocks(self._page.read_text("utf-8")):
                if block.title.startswith("examples/"):
                    self._compare_with_example(block)
                else:
                    await self._run_block(block)
                count += 1
        finally:
            del sys.modules[self._module.__name__]
            self._forget_imported()
        return count

    def _forget_imported(self) -> None:
        """Another page may have a file of the same name."""
        for name, module in list(sys.modules.items()):
            if Path(module.__dict__.get("__file__") or ROOT).is_relative_to(self._folder):
                del sys.modules[name]

    async def _run_block(self, block: Block) -> None:
        if block.title:
            target = self._folder / block.title
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        match block.language:
            case "python":
                await self._run_python(block)
            case "console":
                for step in steps(block):
                    await self._run_command(step)
            case "sh":
                for offset, command in enumerate(block.text.splitlines()):
                    self._know_command(command, block.line + offset)
            case "json" | "yaml" | "toml":
                PARSERS[block.language](block.text)
            case "text" | "ini":
                pass
            case other:
                raise self._wrong(block.line, f"nobody knows how to try a block of {other or 'no'} language")

    def _compare_with_example(self, block: Block) -> None:
        file = ROOT / block.title
        if not file.is_file() or file.read_text("utf-8") != block.text:
            raise self._wrong(block.line, f"the block and the file {block.title} differ")

    async def _run_python(self, block: Block) -> None:
        padded = "\n" * (block.line - 1) + block.text
        code = compile(
            padded, str(self._page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
        result = eval(code, self._module.__dict__)  # noqa: S307  # the page's own code is what is tried
        if inspect.isawaitable(result):
            await result

    async def _run_command(self, step: Step) -> None:
        words = shlex.split(step.command)
        if words[0] != "wisp":
            raise self._wrong(step.line, "only wisp is run from a console block; use a sh block for the rest")
        variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "WISP_"))
        }
        variables |= {"PYTHONPATH": str(self._folder), "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb"}
        wisp = shutil.which("wisp", path=str(Path(sys.executable).parent)) or "wisp"
        process = await asyncio.create_subprocess_exec(
            *[wisp, *words[1:]],
            cwd=self._folder,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), COMMAND_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise self._wrong(step.line, f"{step.command} did not end") from None
        said = output.decode()
        status = f"\n(exit status {process.returncode})" if process.returncode else ""
        if not matches(step.shown, said.rstrip() + status):
            raise self._wrong(
                step.line, f"{step.command}\n--- said\n{said}\n--- but the page shows\n{step.shown}"
            )

    def _know_command(self, command: str, line: int) -> None:
        words = shlex.split(command, comments=True)
        if words and not known_command(words):
            raise self._wrong(line, f"there is no {command!r}")

    def _wrong(self, line: int, what: str) -> PageError:
        return PageError(f"{self._page.name}:{line}: {what}")


def known_command(words: Sequence[str]) -> bool:
    """Whether a command that readers are told to type exists: a task, a wisp command, an extra."""
    match words:
        case ["make", task, *_]:
            return f" {task} " in next(
                f"{line} "
                for line in (ROOT / "Makefile").read_text().splitlines()
                if line.startswith("TASKS")
            )
        case ["python", "-m", "tools", task, *_]:
            return known_command(["make", task])
        case ["wisp", command, *_]:
            folder = ROOT / "src" / "wisp_framework" / "cli"
            return any((folder / f"{command}{ending}.py").exists() for ending in ("", "_"))
        case ["pip", "install", package]:
            name, _, extras = package.partition("[")
            return name == "wisp-framework" and set(extras.rstrip("]").split(",")) <= {"", *extras_of_wisp()}
        case ["git" | "cd" | "python3" | "python" | "cp", *_]:
            return True
        case _:
            return False


def extras_of_wisp() -> set[str]:
    """The optional parts that pyproject.toml offers."""
    return set(
        tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    )
