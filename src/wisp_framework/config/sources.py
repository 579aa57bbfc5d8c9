"""Where settings come from: the environment of the process, then the ``.env`` files, merged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from wisp_framework.config.fields import FromEnv

ENVIRONMENT = "the environment"
DEFAULT_APP_ENV = "development"
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
        if not env_file.exists():
            sources.problems.append(
                f"The settings file {env_file} does not exist. Give the path of a .env file."
            )
            return sources
        sources.layers.append(_read(env_file, str(env_file), sources.problems))
        return sources
    local = _read(folder / ".env.local", ".env.local", sources.problems)
    base = _read(folder / ".env", ".env", sources.problems)
    chosen = first(("APP_ENV",), Sources([*sources.layers, local, base]))
    sources.layers.append(local)
    name = chosen or DEFAULT_APP_ENV
    if _ENV_NAME.fullmatch(name) and name != "local":
        sources.layers.append(_read_chosen(folder, name, sources.problems))
    sources.layers.append(base)
    return sources


def _read_chosen(folder: Path, name: str, problems: list[str]) -> Layer:
    layer = _read(folder / f".env.{name}", f".env.{name}", problems)
    if layer.variables.get("APP_ENV", name) != name:
        problems.append(f"APP_ENV in .env.{name} names another environment; set it in .env instead.")
    return layer


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


def first(names: Sequence[str], sources: Sources, *, secret: bool = False) -> FromEnv | None:
    """The value of a setting from the first layer that has it; None where it is not set or empty.

    Args:
        names: its variables; of two in one layer the earlier counts.
        sources: where to look.
        secret: whether ``NAME_FILE`` may name a file that holds the value.
    """
    for layer in sources.layers:
        for name in names:
            direct, by_file = layer.variables.get(name), layer.variables.get(f"{name}_FILE")
            if secret and direct and by_file:
                return FromEnv("", name, layer.origin, f"{name}_FILE is set as well; keep one of the two")
            if secret and by_file:
                return _from_file(by_file, f"{name}_FILE", layer.origin)
            if direct is not None:
                return _value(direct, name, layer, sources, secret=secret) if direct else None
    return None


def _value(text: str, name: str, layer: Layer, sources: Sources, *, secret: bool) -> FromEnv:
    if layer.origin == ENVIRONMENT:
        return FromEnv(text, name, layer.origin)
    missing: list[str] = []
    expanded = _expand(text, sources, missing, within=(name,))
    if missing:
        what = "a variable" if secret else missing[0]
        return FromEnv("", name, layer.origin, f"it refers with ${{...}} to {what}, which is not set")
    return FromEnv(expanded, name, layer.origin)


def _expand(text: str, sources: Sources, missing: list[str], within: tuple[str, ...]) -> str:
    """Put in what ``${NAME}`` and ``${NAME:-default}`` stand for, by the same order of layers."""

    def replace(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2)
        found = next((layer for layer in sources.layers if layer.variables.get(name)), None)
        if found is not None and found.origin == ENVIRONMENT:
            return found.variables[name]
        if found is not None and name not in within:
            return _expand(found.variables[name], sources, missing, (*within, name))
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
