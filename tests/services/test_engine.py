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


@pytest.mark.parametrize(
    ("error", "words"), [(TimeoutError(), "no answer in time"), (BrokenPipeError(), "BrokenPipeError")]
)
def test_a_failure_without_words_is_named(error: OSError, words: str) -> None:
    """An error that says nothing itself is told by what it means, or by its type."""
    with pytest.raises(DatabaseError, match=f"cannot be used: {words}"), PLACE.reaching():
        raise error
