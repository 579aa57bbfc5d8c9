"""What a target such as ``mybot.main:app`` names: a `WispApp`, or a callable that makes one."""

import base64
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Final

from wisp_framework.app.app import WispApp, create_app
from wisp_framework.config import AppConfig, load_config
from wisp_framework.exceptions import TargetError, WispError

DEFAULT_ATTRIBUTE: Final = "app"


def load_app(target: str | None, config: AppConfig | None = None) -> WispApp:
    """The app that ``target`` names; without one the runner bot, whose modules configuration names.

    A callable is called with the keyword ``config`` if it takes one, else with nothing.

    Args:
        target: for example ``mybot.main:app``.
        config: settings; None reads them from the environment as it is now.

    Raises:
        TargetError: there is no such module or attribute, or it is no app and makes none.
        ConfigError: settings are missing or malformed.
    """
    _search_here_first()
    if target is None:
        return create_app(config or load_config())
    path, _, attribute = target.partition(":")
    module = _import(target, path)
    name = attribute or DEFAULT_ATTRIBUTE
    if name not in vars(module):
        raise TargetError(target, f"{path} has no {name!r}. {_candidates(module, name)}")
    found = vars(module)[name]
    app = _call(target, found, config) if callable(found) else found
    if not isinstance(app, WispApp):
        made = "gave" if callable(found) else "is"
        raise TargetError(
            target,
            f"{name!r} {made} a {type(app).__name__}, not a WispApp. Return what create_app() returns.",
        )
    return app


@contextmanager
def some_token() -> Iterator[None]:
    """Settings without a token are no settings; here nobody logs in, so one of the right form will do."""
    if os.environ.get("DISCORD_TOKEN") or os.environ.get("DISCORD_TOKEN_FILE"):
        yield
        return
    os.environ["DISCORD_TOKEN"] = ".".join((base64.b64encode(b"0" * 18).decode(), "nobody", "n" * 38))
    try:
        yield
    finally:
        del os.environ["DISCORD_TOKEN"]


def _search_here_first() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)


def _import(target: str, path: str) -> ModuleType:
    here = Path.cwd()
    try:
        return importlib.import_module(path)
    except WispError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (path == error.name or path.startswith(f"{error.name}.")):
            reason = f"there is no module {error.name!r} in {here} or among the installed packages."
        else:
            reason = f"{path} imports {error.name!r}, which is not installed."
        raise TargetError(target, reason) from error
    except Exception as error:
        raise TargetError(target, f"importing {path} raised {type(error).__name__}: {error}") from error


def _call(target: str, factory: Callable[..., object], config: AppConfig | None) -> object:
    try:
        takes_config = "config" in inspect.signature(factory).parameters
    except (TypeError, ValueError):
        takes_config = False
    try:
        return factory(config=config or load_config()) if takes_config else factory()
    except WispError:
        raise
    except Exception as error:
        raise TargetError(target, f"calling it raised {type(error).__name__}: {error}") from error


def _candidates(module: ModuleType, name: str) -> str:
    apps = [key for key, value in vars(module).items() if isinstance(value, WispApp)]
    if apps:
        return f"Its apps are: {', '.join(apps)}."
    public = [key for key in vars(module) if not key.startswith("_")]
    close = get_close_matches(name, public, n=1)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    return f"{guess}Name an app as pkg.mod:name, or define app = create_app()."
