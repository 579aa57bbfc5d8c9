"""Each setting as people meet it: its variables, its form, its meaning. Read off the model's fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from wisp_framework.config.fields import Env


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Args:
        path: where the value stands: ``("log_level",)`` is ``config.log_level``,
            ``("intents", "members")`` is ``config.intents.members``.
        names: the environment variables that are read, the preferred one first.
        form: the wanted form, with an example.
        description: what it is for.
        default: its default as it would be written in a ``.env`` file; empty if there is none.
        required: whether a bot cannot start without it.
        secret: whether it is never shown; ``NAME_FILE`` then names a file that holds it.
    """

    path: tuple[str, ...]
    names: tuple[str, ...]
    form: str
    description: str
    default: str
    required: bool
    secret: bool

    @property
    def name(self) -> str:
        """The preferred variable."""
        return self.names[0]


def settings_of(model: type[BaseModel]) -> dict[tuple[str, ...], Setting]:
    """Every setting of ``model``, by its path, in the order of its fields."""
    found: dict[tuple[str, ...], Setting] = {}
    for field_name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            for name, inner in nested.model_fields.items():
                path = (field_name, name)
                found[path] = _setting(path, inner)
        else:
            found[(field_name,)] = _setting((field_name,), field)
    return found


def _setting(path: tuple[str, ...], field: FieldInfo) -> Setting:
    env = next((mark for mark in field.metadata if isinstance(mark, Env)), Env(form="text"))
    names = env.names or (path[-1].upper(),)
    if len(path) > 1:
        inner = "_".join(path).upper()
        names = (f"DISCORD_{inner}", inner)
    return Setting(
        path=path,
        names=names,
        form=env.form,
        description=" ".join((field.description or "").split()),
        default="" if field.is_required() else _written(field.get_default()),
        required=field.is_required(),
        secret=_holds_secret(field.annotation),
    )


_WORDS = MappingProxyType({None: "", True: "true", False: "false"})


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, Sequence | frozenset) and not isinstance(value, str):
        return ",".join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _holds_secret(annotation: object) -> bool:
    if annotation is SecretStr:
        return True
    if get_origin(annotation) in {Union, UnionType, Annotated}:
        return any(_holds_secret(part) for part in get_args(annotation))
    return False
