"""Reading a request's JSON as Discord does: every wrong field is found, and named in one answer.

Source: https://docs.discord.com/developers/reference#error-messages
"""

from collections.abc import Collection

from wisp_sim.model.errors import ApiError
from wisp_sim.model.payload import Payload
from wisp_sim.model.snowflake import parse_snowflake

_BIGGEST = 2**63 - 1


class Errors:
    """The problems of one request, by the path of each field."""

    def __init__(self) -> None:
        self._tree: Payload = {}

    def add(self, path: tuple[str, ...], code: str, message: str) -> None:
        """Note a problem."""
        node = self._tree
        for step in path:
            child = node.setdefault(step, {})
            if isinstance(child, dict):
                node = child
        problems = node.setdefault("_errors", [])
        if isinstance(problems, list):
            problems.append({"code": code, "message": message})

    @property
    def found(self) -> bool:
        """Whether any problem was noted."""
        return bool(self._tree)

    def check(self) -> None:
        """Refuse the request if anything was wrong.

        Raises:
            ApiError: 50035 with the tree of all problems.
        """
        if self._tree:
            raise ApiError(400, 50035, "Invalid Form Body", self._tree)


class Form:
    """A JSON object of a request, read field by field; a wrong field reads as absent and is noted."""

    def __init__(self, value: object, errors: Errors, path: tuple[str, ...] = ()) -> None:
        self.errors = errors
        self.path = path
        self.data: Payload = {}
        if isinstance(value, dict):
            self.data = value
        else:
            errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")

    def has(self, key: str) -> bool:
        """Whether the field is there, null included."""
        return key in self.data

    def fail(self, key: str, code: str, message: str) -> None:
        """Note that this field is wrong."""
        self.errors.add((*self.path, key), code, message)

    def _get(self, key: str, *, required: bool) -> object:
        value = self.data.get(key)
        if value is None and required:
            self.fail(key, "BASE_TYPE_REQUIRED", "This field is required")
        return value

    def text(
        self,
        key: str,
        *,
        min_chars: int = 0,
        max_chars: int | None = None,
        required: bool = False,
        trim: bool = False,
    ) -> str | None:
        """A text of limited length; where Discord trims, white space at its ends is left out first."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if isinstance(value, bool | int | float):
            value = str(value)
        if not isinstance(value, str):
            self.fail(key, "STRING_TYPE_CONVERT", f"Could not interpret {value!r:.80} as string.")
            return None
        value = value.strip() if trim else value
        if required and not value:
            self.fail(key, "BASE_TYPE_REQUIRED", "This field is required")
            return None
        return value if self._fits(key, len(value), min_chars, max_chars) else None

    def _fits(self, key: str, length: int, least: int, most: int | None) -> bool:
        if least <= length and (most is None or length <= most):
            return True
        if most is not None and least:
            self.fail(key, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        elif most is not None:
            self.fail(key, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        else:
            self.fail(key, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")
        return False

    def integer(
        self, key: str, *, least: int = -_BIGGEST, most: int = _BIGGEST, required: bool = False
    ) -> int | None:
        """A whole number within bounds."""
        value = self._get(key, required=required)
        if value is None:
            return None
        number = _whole(value)
        if number is None:
            self.fail(key, "NUMBER_TYPE_COERCE", f'Value "{value!s:.80}" is not int.')
        elif number < least:
            self.fail(key, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif number > most:
            self.fail(key, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
        else:
            return number
        return None

    def number(self, key: str, *, least: float, most: float, required: bool = False) -> int | float | None:
        """A number within bounds, with decimals or without."""
        value = self._get(key, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(key, "NUMBER_TYPE_COERCE", f'Value "{value!s:.80}" is not float.')
        elif value < least:
            self.fail(key, "NUMBER_TYPE_MIN", f"float value should be greater than or equal to {least}.")
        elif value > most:
            self.fail(key, "NUMBER_TYPE_MAX", f"float value should be less than or equal to {most}.")
        else:
            return value
        return None

    def numbers(self, key: str, allowed: Collection[int], *, least: int = 0) -> list[int]:
        """A list of some numbers, none of them twice."""
        found: list[int] = []
        shown = ", ".join(map(str, allowed))
        for index, value in enumerate(self.entries(key, least=least)):
            path = (*self.path, key, str(index))
            if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
                self.errors.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({shown}).")
            elif value in found:
                self.errors.add(
                    path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value"
                )
            else:
                found.append(int(value))
        return found

    def choice(self, key: str, allowed: Collection[int], *, required: bool = False) -> int | None:
        """One of some numbers."""
        number = self.integer(key, required=required)
        if number is None or number in allowed:
            return number
        shown = ", ".join(str(value) for value in allowed)
        self.fail(key, "BASE_TYPE_CHOICES", f"Value must be one of ({shown}).")
        return None

    def truth(self, key: str) -> bool | None:
        """True or false."""
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "True", "1"):
            return True
        if value in ("false", "False", "0"):
            return False
        self.fail(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def snowflake(self, key: str, *, required: bool = False) -> int | None:
        """An id."""
        value = self._get(key, required=required)
        if value is None:
            return None
        snowflake = parse_snowflake(value)
        if snowflake is None:
            self.fail(key, "NUMBER_TYPE_COERCE", f'Value "{value!s:.80}" is not snowflake.')
        return snowflake

    def snowflakes(self, key: str, *, most: int = 100) -> list[int]:
        """A list of ids, or one id by itself."""
        value = self.data.get(key)
        if value is None:
            return []
        values = value if isinstance(value, list) else [value]
        if not self._fits(key, len(values), 0, most):
            return []
        found = []
        for index, entry in enumerate(values):
            snowflake = parse_snowflake(entry)
            if snowflake is None:
                message = f'Value "{entry!s:.80}" is not snowflake.'
                self.errors.add((*self.path, key, str(index)), "NUMBER_TYPE_COERCE", message)
            else:
                found.append(snowflake)
        return found

    def entries(
        self, key: str, *, least: int = 0, most: int | None = None, required: bool = False
    ) -> list[object]:
        """A list of limited length."""
        value = self._get(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        return value if self._fits(key, len(value), least, most) else []

    def forms(
        self, key: str, *, least: int = 0, most: int | None = None, required: bool = False
    ) -> list["Form"]:
        """A list of objects; one that is no object is noted and left out."""
        entries = self.entries(key, least=least, most=most, required=required)
        forms = [
            Form(entry, self.errors, (*self.path, key, str(index))) for index, entry in enumerate(entries)
        ]
        return [form for form, entry in zip(forms, entries, strict=True) if isinstance(entry, dict)]

    def form(self, key: str, *, required: bool = False) -> "Form | None":
        """An object inside this one."""
        value = self._get(key, required=required)
        if value is None:
            return None
        form = Form(value, self.errors, (*self.path, key))
        return form if isinstance(value, dict) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            return None
    return None
