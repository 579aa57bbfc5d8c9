"""From the wire's JSON to what a person sees."""

from wisp_sim.model.kinds import ComponentType, MessageFlag
from wisp_sim.people.payload import Payload, number, part, parts, text, walk
from wisp_sim.people.seen import Choice, Control, Embed, Form, Message, Poll

LINK_STYLE = 5

SELECTS = frozenset(
    {
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    }
)

KINDS: dict[int, str] = {
    ComponentType.BUTTON: "button",
    ComponentType.STRING_SELECT: "select",
    ComponentType.TEXT_INPUT: "text",
    ComponentType.USER_SELECT: "user select",
    ComponentType.ROLE_SELECT: "role select",
    ComponentType.MENTIONABLE_SELECT: "mentionable select",
    ComponentType.CHANNEL_SELECT: "channel select",
    ComponentType.FILE_UPLOAD: "file",
    ComponentType.RADIO_GROUP: "radio",
    ComponentType.CHECKBOX_GROUP: "checkboxes",
    ComponentType.CHECKBOX: "checkbox",
}
"""Component types that a person can act on, and what to call them."""


def read_message(data: Payload, *, channel: str) -> Message:
    """The message in ``data`` as its reader sees it."""
    author = part(data, "author")
    components = list(walk(parts(data, "components")))
    flags = number(data, "flags")
    return Message(
        id=text(data, "id"),
        channel=channel,
        channel_id=text(data, "channel_id"),
        author=text(author, "global_name") or text(author, "username"),
        author_id=text(author, "id"),
        by_bot=author.get("bot") is True,
        content=text(data, "content"),
        ephemeral=bool(flags & MessageFlag.EPHEMERAL),
        loading=bool(flags & MessageFlag.LOADING),
        edited=bool(data.get("edited_timestamp")),
        reply_to=text(part(data, "message_reference"), "message_id"),
        texts=tuple(
            text(item, "content") for item in components if number(item, "type") == ComponentType.TEXT_DISPLAY
        ),
        embeds=tuple(_read_embed(item) for item in parts(data, "embeds")),
        controls=tuple(read_control(item) for item in components if number(item, "type") in KINDS),
        files=tuple(text(item, "filename") for item in parts(data, "attachments")),
        reactions=tuple(
            (text(part(item, "emoji"), "name"), number(item, "count")) for item in parts(data, "reactions")
        ),
        poll=_read_poll(part(data, "poll")),
    )


def _read_poll(data: Payload) -> Poll | None:
    if not data:
        return None
    results = part(data, "results")
    votes = {number(item, "id"): number(item, "count") for item in parts(results, "answer_counts")}
    answers = [
        (part(item, "poll_media"), votes.get(number(item, "answer_id"), 0)) for item in parts(data, "answers")
    ]
    return Poll(
        question=text(part(data, "question"), "text"),
        answers=tuple(
            (text(media, "text") or text(part(media, "emoji"), "name"), count) for media, count in answers
        ),
        ended=results.get("is_finalized") is True,
    )


def read_form(data: Payload) -> Form:
    """The modal that INTERACTION_MODAL_CREATE brought."""
    components = list(walk(parts(data, "components")))
    return Form(
        title=text(data, "title"),
        custom_id=text(data, "custom_id"),
        fields=tuple(control for _, control in form_fields(data)),
        texts=tuple(
            text(item, "content") for item in components if number(item, "type") == ComponentType.TEXT_DISPLAY
        ),
    )


def form_fields(data: Payload) -> list[tuple[Payload, Control]]:
    """Each input of a modal beside what a person sees of it; a label component names the input inside it."""
    found: list[tuple[Payload, Control]] = []
    for item in walk(parts(data, "components")):
        inner = part(item, "component")
        if number(item, "type") == ComponentType.LABEL and number(inner, "type") in KINDS:
            found.append((inner, read_control(inner, label=text(item, "label"))))
        elif number(item, "type") == ComponentType.TEXT_INPUT and not any(
            item is known for known, _ in found
        ):
            found.append((item, read_control(item)))
    return found


def read_control(data: Payload, *, label: str = "") -> Control:
    """A button, a select menu or an input of a form; ``label`` overrides the component's own."""
    kind = KINDS[number(data, "type")]
    if kind == "button" and number(data, "style") == LINK_STYLE:
        kind = "link"
    own = text(data, "label") or text(part(data, "emoji"), "name") or text(data, "placeholder")
    return Control(
        kind=kind,
        label=label or own or text(data, "custom_id"),
        custom_id=text(data, "custom_id"),
        disabled=data.get("disabled") is True,
        required=data.get("required") is not False,
        value=text(data, "value"),
        url=text(data, "url"),
        choices=tuple(_read_choice(item) for item in parts(data, "options")),
    )


def _read_choice(data: Payload) -> Choice:
    return Choice(
        name=text(data, "label"),
        value=text(data, "value"),
        description=text(data, "description"),
        chosen=data.get("default") is True,
    )


def _read_embed(data: Payload) -> Embed:
    return Embed(
        title=text(data, "title"),
        description=text(data, "description"),
        author=text(part(data, "author"), "name"),
        footer=text(part(data, "footer"), "text"),
        url=text(data, "url"),
        fields=tuple((text(item, "name"), text(item, "value")) for item in parts(data, "fields")),
    )


def read_choices(data: Payload) -> tuple[Choice, ...]:
    """The suggestions of an autocompletion."""
    return tuple(Choice(text(item, "name"), _choice_value(item)) for item in parts(data, "choices"))


def _choice_value(item: Payload) -> str | int | float:
    value = item.get("value")
    return value if isinstance(value, str | int | float) else text(item, "value")
