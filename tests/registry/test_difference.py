"""What differs between two command lists, field by field."""

import pytest

from wisp_framework.registry import Payload
from wisp_framework.registry.difference import CommandRemoval, CommandUpdate, FieldChange, Why, difference
from wisp_framework.registry.payloads import CommandKey, fingerprint
from wisp_framework.utils.json_value import JsonValue

COLOUR: Payload = {
    "name": "colour",
    "type": 3,
    "description": "Which",
    "required": True,
    "choices": [{"name": "Red", "value": "r"}, {"name": "Green", "value": "g"}],
}
LAYERS: Payload = {"name": "layers", "type": 4, "description": "How many", "min_value": 0}
PAINT: Payload = {"name": "paint", "type": 1, "description": "Paints", "options": [COLOUR, LAYERS]}


def changed(**fields: JsonValue) -> Payload:
    """The command with other fields in its first option."""
    return PAINT | {"options": [COLOUR | fields, LAYERS]}


def fields_of(before: Payload, after: Payload, guild_id: int | None = 7) -> tuple[FieldChange, ...]:
    found = difference(guild_id, [after], [before])
    assert found.differs == (fingerprint([before], guild_id) != fingerprint([after], guild_id))
    return found.updates[0].fields if found.updates else ()


def test_a_list_is_sorted_into_what_happens_to_it() -> None:
    """Each command is created, updated, deleted or kept, by type and name; one request does it all."""
    menu: Payload = {"name": "paint", "type": 3}
    old: Payload = {"name": "old", "type": 1, "description": "Old"}
    found = difference(
        7, [PAINT | {"description": "Paints!"}, menu, old], [PAINT, old | {"name": "gone"}, old]
    )

    assert found.creates == (CommandKey(3, "paint"),)
    assert found.updates == (
        CommandUpdate(CommandKey(1, "paint"), (FieldChange("description", "Paints", "Paints!"),)),
    )
    assert found.removals == (CommandRemoval(CommandKey(1, "gone"), Why.GONE),)
    assert found.kept == (CommandKey(1, "old"),)
    assert (found.differs, found.requests) == (True, 1)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (PAINT | {"nsfw": True}, FieldChange("nsfw", None, True)),
        (PAINT | {"default_member_permissions": 8}, FieldChange("default_member_permissions", None, "8")),
        (changed(description="Hue"), FieldChange("options.colour.description", "Which", "Hue")),
        (changed(required=False), FieldChange("options.colour.required", True, None)),
        (
            changed(choices=[{"name": "Red", "value": "rot"}, {"name": "Green", "value": "g"}]),
            FieldChange("options.colour.choices.Red.value", "r", "rot"),
        ),
        (
            changed(name_localizations={"de": "farbe"}),
            FieldChange("options.colour.name_localizations", None, {"de": "farbe"}),
        ),
    ],
)
def test_a_change_names_its_field(after: Payload, change: FieldChange) -> None:
    """The path leads through options and choices by their names."""
    assert fields_of(PAINT, after) == (change,)
    assert [(c.path, c.before, c.after) for c in fields_of(after, PAINT)] == [
        (change.path, change.after, change.before)
    ]


def test_the_order_of_options_is_shown_to_members() -> None:
    """Other than the order of commands, it is a difference."""
    (change,) = fields_of(PAINT, PAINT | {"options": [LAYERS, COLOUR]})

    assert change.path == "options"


def test_a_lower_bound_of_nothing_is_no_bound() -> None:
    """A zero is a value: without it, the option takes negative numbers."""
    open_end = PAINT | {"options": [COLOUR, LAYERS | {"min_value": None}]}

    assert fields_of(PAINT, open_end) == (FieldChange("options.layers.min_value", 0, None),)


@pytest.mark.parametrize(
    ("guild_id", "one", "other"),
    [
        (7, {}, {"id": "1", "application_id": "2", "guild_id": "7", "version": "3", "nsfw": False}),
        (7, {"dm_permission": False, "contexts": [1], "integration_types": [1]}, {}),
        (None, {"integration_types": None}, {"integration_types": [0], "contexts": None}),
        (None, {"contexts": [0, 1]}, {"contexts": [1, 0], "dm_permission": True}),
        (None, {"dm_permission": False}, {"contexts": [0], "dm_permission": False}),
        (7, {"default_member_permissions": 32}, {"default_member_permissions": "32"}),
        (7, {"name_localizations": {}}, {"name_localizations": None, "name_localized": "malen"}),
    ],
)
def test_what_discord_shows_alike_is_no_difference(
    guild_id: int | None, one: Payload, other: Payload
) -> None:
    """What Discord adds, leaves out, or writes in another way costs no request."""
    assert fields_of(PAINT | one, PAINT | other, guild_id) == ()


def test_a_removal_says_why() -> None:
    """Listed twice, off, or nobody's: each is another thing to mend."""
    present = [PAINT | {"name": name} for name in ("twice", "off", "gone")]
    found = difference(
        7,
        [],
        present,
        listed_globally={CommandKey(1, "twice")},
        offered={CommandKey(1, "twice"), CommandKey(1, "off")},
    )

    assert [removal.why for removal in found.removals] == [Why.DUPLICATE, Why.OFF, Why.GONE]


def test_the_entry_point_is_no_difference() -> None:
    """It stays in the list that is sent, and is no reason to send one."""
    entry: Payload = {"id": "9", "name": "launch", "type": 4, "handler": 2}
    found = difference(None, [PAINT], [entry, PAINT])

    assert not found.differs
    assert entry in found.wanted
