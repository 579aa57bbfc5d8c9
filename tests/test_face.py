"""The face of the package: every name it offers is there."""

import pytest

import wisp_framework


@pytest.mark.parametrize("name", wisp_framework.__all__)
def test_each_name_is_handed_on(name: str) -> None:
    """What ``__all__`` lists can be had from the package itself."""
    assert vars(wisp_framework).get(name) or getattr(wisp_framework, name)


def test_a_name_that_is_not_there_is_named() -> None:
    """A typo raises what a module raises."""
    with pytest.raises(AttributeError, match="no attribute 'Modul'"):
        _ = wisp_framework.Modul  # type: ignore[attr-defined]
