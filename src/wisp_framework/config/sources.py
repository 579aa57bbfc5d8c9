"""Where settings come from: the environment of the process, then the ``.env`` files, merged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from wisp_framework.config.described import Setting
from wisp_framework.config.fields import FromEnv

ENVIRONMENT = "the environment"
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")
_ENV_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST_SECRET_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Layer:
    """The variables of one place; ``origin`` is its name."""

    origin: str
    variables: Mapping[str, str]


@dataclass(slots=True)
class Sources:
    """All layers, the one that wins first, and what was wrong while reading them."""

    layers: list[Layer]
    problems: list[str] = field(default_factory=list)


def read_sources(environ: Mapping[str, str], folder: Path, env_file: Path | None) -> Sources:
    """Read ``environ`` and the files of ``folder``, or ``env_file`` in their place."""
    sources = Sources([Layer(ENVIRONMENT, environ)])
    if env_file is not None:
        if not env_file.is_file():
            sources.problems.append(
                f"The settings file {env_file} does not exist. Give the path of a .env file."
            )
            return sources
        sources.layers.append(_read(env_file, str(env_file), sources.problems))
        return sources
    local = _read(folder / ".env.local", ".env.local", sources.problems)
    base = _read(folder / ".env", ".env", sources.problems)
    name = next(
        (found for layer in (environ, local.variables, base.variables) if (found := layer.get("APP_ENV"))), ""
    )
    name = name or "development"
    sources.layers.append(local)
    if _ENV_NAME.fullmatch(name) and name != "local":
        chosen = _read(folder / f".env.{name}", f".env.{name}", sources.problems)
        if chosen.variables.get("APP_ENV", name) != name:
            sources.problems.append(
                f"APP_ENV in .env.{name} names another environment; set it in .env instead."
            )
        sources.layers.append(chosen)
    sources.layers.append(base)
    return sources


def _read(path: Path, origin: str, problems: list[str]) -> Layer:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Layer(origin, {})
    except UnicodeDecodeError:
        problems.append(f"{origin} is not UTF-8 text. Save it as UTF-8.")
        return Layer(origin, {})
    except OSError as error:
        problems.append(f"{origin} cannot be read: {error.strerror}. Make it readable, or remove it.")
        return Layer(origin, {})
    variables: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            problems.append(
                f"{origin}, line {binding.original.line}, is not NAME=value. Correct or remove it."
            )
        elif binding.key is not None:
            variables[binding.key] = binding.value or ""
    return Layer(origin, variables)


def find(setting: Setting, sources: Sources) -> FromEnv | None:
    """The value of ``setting`` from the first layer that has it; None where it is not set or empty."""
    for layer in sources.layers:
        for name in setting.names:
            direct, by_file = layer.variables.get(name), layer.variables.get(f"{name}_FILE")
            if setting.secret and direct and by_file:
                return FromEnv("", name, layer.origin, f"{name}_FILE is set as well; keep one of the two")
            if setting.secret and by_file:
                return _from_file(by_file, f"{name}_FILE", layer.origin)
            if direct is not None:
                return _value(direct, name, layer, sources) if direct else None
    return None


def _value(text: str, name: str, layer: Layer, sources: Sources) -> FromEnv:
    if layer.origin == ENVIRONMENT:
        return FromEnv(text, name, layer.origin)
    missing: list[str] = []
    expanded = _expand(text, sources, missing, depth=0)
    if missing:
        reason = f"it refers to ${{{missing[0]}}}, which is not set (or refers to itself)"
        return FromEnv("", name, layer.origin, reason)
    return FromEnv(expanded, name, layer.origin)


def _expand(text: str, sources: Sources, missing: list[str], depth: int) -> str:
    """Put in what ``${NAME}`` and ``${NAME:-default}`` stand for, by the same order of layers."""

    def replace(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2)
        for layer in sources.layers:
            value = layer.variables.get(name)
            if value and depth < len(sources.layers) + 8:
                return value if layer.origin == ENVIRONMENT else _expand(value, sources, missing, depth + 1)
        if default is None:
            missing.append(name)
        return default or ""

    return _REFERENCE.sub(replace, text)


def _from_file(path_text: str, variable: str, origin: str) -> FromEnv:
    path = Path(path_text).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_SECRET_BYTES + 1)
    except OSError as error:
        return FromEnv("", variable, origin, f"the file {path} cannot be read: {error.strerror}")
    if len(content) > _LARGEST_SECRET_BYTES:
        return FromEnv("", variable, origin, f"the file {path} is too large to be a secret")
    try:
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        return FromEnv("", variable, origin, f"the file {path} is not UTF-8 text")
    if not text.strip():
        return FromEnv("", variable, origin, f"the file {path} is empty")
    return FromEnv(text, variable, origin)
