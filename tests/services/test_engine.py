"""How failures of a database are worded."""

import pytest

from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.engine import Place

PLACE = Place("PostgreSQL 'bots' at db:5432", "Check that it runs.", secret="hunter2")


def test_a_failure_names_place_reason_and_remedy() -> None:
    """The sentence holds all three, and never the password, even if the driver repeats it."""
    failure = PLACE.failure(OSError("no login with hunter2"))
    assert str(failure) == (
        "the database (PostgreSQL 'bots' at db:5432) cannot be used: no login with ***. Check that it runs."
    )


def test_a_failure_without_words_is_named_by_its_type() -> None:
    """An error that says nothing still has a name."""
    with pytest.raises(DatabaseError, match="cannot be used: TimeoutError"), PLACE.reaching():
        raise TimeoutError
