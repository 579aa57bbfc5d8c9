"""The layers of settings, tried with arbitrary contents."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from wisp_framework.config.sources import ENVIRONMENT, Layer, Sources, first

NAMES = ("FIRST", "SECOND", "OTHER")
layers = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", "a", "b", "${OTHER}", "${FIRST:-c}"])),
    min_size=1,
    max_size=4,
)


def made(variables: list[dict[str, str]]) -> Sources:
    """Sources with these layers, the process first."""
    origins = [ENVIRONMENT, ".env.local", ".env.development", ".env"]
    return Sources([Layer(origin, layer) for origin, layer in zip(origins, variables, strict=False)])


@given(layers)
def test_the_highest_place_that_has_a_name_wins(variables: list[dict[str, str]]) -> None:
    """A value comes from the first layer with one of the names, under the first such name, or not at all."""
    found = first(("FIRST", "SECOND"), made(variables))

    expected = next(
        ((layer, name) for layer in variables for name in ("FIRST", "SECOND") if name in layer), None
    )
    if expected is None or not expected[0][expected[1]]:
        assert found is None
    else:
        layer, name = expected
        assert found is not None
        assert found.variable == name
        assert found.broken or "${" in layer[name] or found == layer[name]


@given(layers)
def test_references_are_resolved_or_refused(variables: list[dict[str, str]]) -> None:
    """Below the process no value keeps a reference in it, and none runs in circles."""
    found = first(("FIRST",), made(variables))

    if found is not None and found.origin != ENVIRONMENT and not found.broken:
        process_may_hold_one = any("${" in value for value in variables[0].values())
        assert "${" not in found or process_may_hold_one


@given(layers, st.sampled_from(["a", "b"]))
def test_a_layer_in_front_wins(variables: list[dict[str, str]], value: str) -> None:
    """Putting a value in front of any layers makes it the value."""
    assert first(("FIRST",), made([{"FIRST": value}, *variables[:3]])) == value


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff"), min_size=1).filter(str.strip))
def test_the_file_of_a_secret_is_taken_as_it_is(text: str) -> None:
    """What a file holds is the value, but for line breaks at its end."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "secret"
        path.write_bytes(f"{text}\r\n\n".encode())

        assert first(("FIRST",), made([{"FIRST_FILE": str(path)}]), secret=True) == text
