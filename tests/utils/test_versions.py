"""Versions are compared as Python's package tools compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version as Reference

from wisp_framework.utils.versions import Version, satisfies

numbers = st.integers(0, 3)
releases = st.lists(numbers, min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.one_of(
    st.just(""),
    st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), numbers),
    st.builds(".post{}".format, numbers),
    st.builds(".dev{}".format, numbers),
)
signs = st.sampled_from(["==", "!=", ">=", "<=", ">", "<"])
versions = st.builds("{}{}".format, releases, suffixes)


@given(versions, versions)
def test_order_is_that_of_package_tools(one: str, other: str) -> None:
    """Two versions stand in the order in which pip sees them."""
    assert (Version(one) < Version(other)) == (Reference(one) < Reference(other))
    assert (Version(one) == Version(other)) == (Reference(one) == Reference(other))
    if Version(one) == Version(other):
        assert hash(Version(one)) == hash(Version(other))


@given(
    releases, st.lists(st.tuples(st.sampled_from(["==", "!=", ">=", "<=", ">", "<"]), releases), max_size=3)
)
def test_demands_hold_as_for_package_tools(version: str, parts: list[tuple[str, str]]) -> None:
    """A released version satisfies what it satisfies for pip."""
    demand = ", ".join(f"{sign}{base}" for sign, base in parts)

    assert satisfies(version, demand) == SpecifierSet(demand).contains(version)


@pytest.mark.parametrize(
    ("version", "demand", "expected"),
    [
        ("1.4.2", "~=1.4", True),
        ("2.0", "~=1.4", False),
        ("1.4.9", "~=1.4.2", True),
        ("1.5", "~=1.4.2", False),
    ],
)
def test_a_compatible_release(version: str, demand: str, expected: bool) -> None:
    """``~=`` takes later versions of the same series, and no others."""
    assert satisfies(version, demand) is expected


@pytest.mark.parametrize(("version", "demand"), [("one", ">=1"), ("1", "1"), ("1", ">=one"), ("1", ">=1;<2")])
def test_other_forms_are_refused(version: str, demand: str) -> None:
    """What is no version, or no demand on one, is quoted."""
    with pytest.raises(ValueError, match="is no"):
        satisfies(version, demand)
