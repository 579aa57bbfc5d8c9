"""What a target names."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wisp_framework.app import WispApp
from wisp_framework.app.target import load_app
from wisp_framework.exceptions import ConfigError, TargetError

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a bot's source into the working directory and gives the name of its module."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    written: list[str] = []

    def source(text: str) -> str:
        name = f"target_{tmp_path.name.replace('-', '_')}_{len(written)}"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        written.append(name)
        return name

    yield source
    for name in written:
        sys.modules.pop(name, None)


def test_an_app_is_taken_as_it_is(write: Write) -> None:
    """A module's ``app`` is the default, any other is named behind a colon."""
    name = write("from wisp_framework.app import create_app\napp = create_app()\nother = create_app()\n")

    assert load_app(name) is sys.modules[name].app
    assert load_app(f"{name}:other") is sys.modules[name].other


def test_a_callable_makes_the_app(write: Write) -> None:
    """A callable is called, with the settings if it takes them."""
    name = write(
        "from wisp_framework.app import create_app\n"
        "def app(config=None):\n    return create_app(config)\n"
        "def plain():\n    return create_app()\n"
    )

    assert isinstance(load_app(name), WispApp)
    assert load_app(name).config.discord_token.get_secret_value() == TOKEN
    assert isinstance(load_app(f"{name}:plain"), WispApp)


def test_without_a_target_it_is_the_runner_bot(write: Write) -> None:
    """The runner bot takes its settings from the environment."""
    assert load_app(None).config.discord_token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("source", "attribute", "reason"),
    [
        ("apps = 1\n", "", r"has no 'app'\. Did you mean 'apps'\?"),
        ("from wisp_framework.app import create_app\nbot = create_app()\n", "", r"Its apps are: bot\."),
        ("app = 7\n", "", r"'app' is a int, not a WispApp"),
        ("def app():\n    return 7\n", "", r"'app' gave a int, not a WispApp"),
        ("def app():\n    raise ValueError('no luck')\n", "", "calling it raised ValueError: no luck"),
        ("raise ValueError('no luck')\n", "", "raised ValueError: no luck"),
        ("import nothing_of_that_name\n", "", "imports 'nothing_of_that_name', which is not installed"),
    ],
)
def test_what_cannot_be_loaded_says_why(write: Write, source: str, attribute: str, reason: str) -> None:
    """Each way in which a target can be wrong is told in one line that names the target."""
    name = write(source)

    with pytest.raises(TargetError, match=reason) as refused:
        load_app(name + attribute)

    assert f"Cannot load {name!r}: " in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_module_that_does_not_exist_is_named(write: Write) -> None:
    """A path that leads nowhere is told with the part that is missing."""
    with pytest.raises(TargetError, match="there is no module 'nowhere' in "):
        load_app("nowhere.bot:app")


def test_wrong_settings_are_no_fault_of_the_target(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems of the configuration come through as they are."""
    monkeypatch.delenv("DISCORD_TOKEN")
    name = write("from wisp_framework.app import create_app\napp = create_app()\n")

    with pytest.raises(ConfigError, match="DISCORD_TOKEN"):
        load_app(name)
