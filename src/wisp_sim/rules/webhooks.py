"""What a webhook may be called, and how it may speak.

Source: https://docs.discord.com/developers/resources/webhook#create-webhook
"""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import ComponentType
from wisp_sim.model.payload import Payload
from wisp_sim.rules.components import walk
from wisp_sim.rules.form import Form

MAX_NAME_CHARS = 80
_FORBIDDEN = ("clyde", "discord")
_PASSIVE = {
    ComponentType.ACTION_ROW,
    ComponentType.SECTION,
    ComponentType.TEXT_DISPLAY,
    ComponentType.THUMBNAIL,
    ComponentType.MEDIA_GALLERY,
    ComponentType.FILE,
    ComponentType.SEPARATOR,
    ComponentType.CONTAINER,
}
_LINK_BUTTON = 5


def read_name(form: Form, key: str, *, required: bool = False) -> str | None:
    """A webhook's name, or the one that a single message gives it."""
    name = form.text(key, min_chars=1, max_chars=MAX_NAME_CHARS, required=required)
    for word in _FORBIDDEN:
        if name is not None and word in name.lower():
            form.fail(key, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    return name


def refuse_interactive(components: list[Payload]) -> None:
    """Refuse components that somebody could act on: nobody would answer.

    Raises:
        ApiError: 50035.
    """
    for component in walk(components):
        if component["type"] in _PASSIVE or component.get("style") == _LINK_BUTTON:
            continue
        message = "Only webhooks owned by an application may send interactive components"
        problem = {"code": "WEBHOOK_COMPONENTS_INTERACTIVE", "message": message}
        raise ApiError(400, 50035, "Invalid Form Body", {"components": {"_errors": [problem]}})
