"""What a constructor asks for, read from its type hints."""

import inspect
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union, get_args, get_origin, get_type_hints

from wisp_framework.exceptions import ServiceGraphError


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter of a constructor.

    Args:
        parameter: its name.
        wanted: the type that is asked for; None if the hint is not a class.
        has_default: whether the parameter may be left out.
        nullable: whether the hint also allows None.
        hint: the hint as text, for messages.
    """

    parameter: str
    wanted: type[object] | None
    has_default: bool
    nullable: bool
    hint: str


def needs_of(implementation: type[object], path: Sequence[str]) -> Sequence[Need]:
    """The parameters of a class's constructor, in order; ``*args`` and ``**kwargs`` are left empty.

    Args:
        implementation: the class that is to be built.
        path: the names that led to it, its own last; for the error.

    Raises:
        ServiceGraphError: a hint names something that does not exist at run time, or a
            parameter without a default has no hint.
    """
    constructor = inspect.getattr_static(implementation, "__init__")
    if not isinstance(constructor, types.FunctionType):
        return ()
    try:
        hints = get_type_hints(constructor)
    except NameError as error:
        reason = (
            f"the hint {error.name!r} does not exist at run time; import it at the top of "
            f"{implementation.__module__}, not under TYPE_CHECKING"
        )
        raise ServiceGraphError(path, reason) from error
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [_need(path, one, hints) for one in parameters if one.kind not in variadic]


def _need(path: Sequence[str], parameter: inspect.Parameter, hints: dict[str, object]) -> Need:
    has_default = parameter.default is not inspect.Parameter.empty
    if parameter.name not in hints:
        if not has_default:
            reason = "has neither a type hint nor a default; give it the type of what it needs"
            raise ServiceGraphError([*path, parameter.name], reason)
        return Need(parameter.name, None, has_default=True, nullable=False, hint="?")
    wanted, nullable = _class_in(hints[parameter.name])
    hint = wanted.__qualname__ if wanted else str(hints[parameter.name])
    return Need(parameter.name, wanted, has_default, nullable, hint)


def _class_in(hint: object) -> tuple[type[object] | None, bool]:
    """The one class that a hint asks for, and whether None is allowed too."""
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not types.NoneType]
        nullable = len(members) < len(get_args(hint))
        if len(members) != 1:
            return None, nullable
        return _class_in(members[0])[0], nullable
    return (hint, False) if isinstance(hint, type) and get_origin(hint) is None else (None, False)
