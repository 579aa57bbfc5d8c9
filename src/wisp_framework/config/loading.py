"""From the environment to an `AppConfig`, with everything that is wrong said at once."""

import os
from difflib import get_close_matches
from pathlib import Path

from wisp_framework.config.described import Setting, settings_of
from wisp_framework.config.settings import AppConfig
from wisp_framework.config.sources import Sources, first, read_sources
from wisp_framework.exceptions import ConfigError


def load_config(env_file: Path | None = None, **overrides: object) -> AppConfig:
    """Read the settings of this process.

    A variable of the process wins over ``.env.local``, that over ``.env.{APP_ENV}``, that over
    ``.env``, all in the working directory. An empty variable means "not set", and hides those below
    it. Each secret may also be given as ``NAME_FILE``, the path of a file that holds it.

    Args:
        env_file: read this file in place of the three.
        overrides: values that win over everything, by field: ``discord_api_url="http://..."``.

    Raises:
        ConfigError: everything that is missing or malformed, all at once.
    """
    sources = read_sources(os.environ, Path.cwd(), env_file)
    values = _collect(sources, overrides)
    try:
        config = AppConfig.model_validate(values)
    except ConfigError as error:
        problems = [*sources.problems, *(_with_hint(text, sources) for text in error.problems)]
    else:
        problems = sources.problems
    if problems:
        raise ConfigError(problems)
    return config


def describe_settings() -> list[Setting]:
    """Every setting there is, in the order in which the documentation lists them."""
    return list(settings_of(AppConfig).values())


def _collect(sources: Sources, overrides: dict[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    nested: dict[str, dict[str, object]] = {}
    for path, setting in settings_of(AppConfig).items():
        found = None if path[0] in overrides else first(setting.names, sources, secret=setting.secret)
        if found is None:
            continue
        if len(path) == 1:
            values[path[0]] = found
        else:
            nested.setdefault(path[0], {})[path[1]] = found
    return {**values, **nested, **overrides}


def _with_hint(problem: str, sources: Sources) -> str:
    """Where a required variable is missing, name one that was set and looks like it."""
    subject, missing, _ = problem.partition(" is missing.")
    if not missing:
        return problem
    name = subject.split()[0]
    likely = {"BOT_TOKEN", "DISCORD_BOT_TOKEN", "TOKEN"}
    for layer in sources.layers:
        known = [variable for variable in layer.variables if variable != name]
        close = [variable for variable in known if variable in likely] or get_close_matches(
            name, known, 1, 0.85
        )
        if close:
            return f"{problem} {close[0]} is set ({layer.origin}): did you mean {name}?"
        if name in layer.variables:
            return f"{problem} It is set, but empty ({layer.origin})."
    return problem
