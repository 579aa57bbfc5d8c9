"""The reasons in Discord's audit log, in words."""

from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime

import pytest

from wisp_framework.services.audit_reason import MAX_REASON_CHARS, audit_reason, default_reason
from wisp_framework.services.decisions import Decision, Invocation, InvocationKind, enter_decision
from wisp_framework.utils.ownership import Owner, enter_owner

ADA = 53908232506183680
NAMES = {ADA: "ada"}


def in_command(ask: Callable[[], str | None], owner: str | None = "mod") -> str | None:
    """What is answered while a command of Ada's runs."""

    def run() -> str | None:
        enter_owner(Owner(owner) if owner is not None else None)
        running = Invocation(InvocationKind.COMMAND, "ban", owner, 1, 2, ADA, "3F2A91BC")
        enter_decision(Decision(running, datetime.now(UTC), 0.0))
        return ask()

    return copy_context().run(run)


def test_names_who_asked_and_the_reference() -> None:
    """In a command: the member, by name where that is known, and what /why takes."""
    assert in_command(lambda: audit_reason("", NAMES.get)) == f"by ada ({ADA}), ref 3F2A91BC"
    assert in_command(audit_reason) == f"by {ADA}, ref 3F2A91BC"
    assert in_command(lambda: audit_reason("spam\n and\tmore")) == f"spam and more (by {ADA}, ref 3F2A91BC)"


def test_names_the_module_elsewhere() -> None:
    """In an event or a job of a module: the module; in the framework's own code: only what was said."""

    def of_module() -> str | None:
        enter_owner(Owner("automod"))
        return audit_reason("spam")

    assert copy_context().run(of_module) == "spam (by the module automod)"
    assert audit_reason("spam") == "spam"
    assert audit_reason() is None


@pytest.mark.parametrize("length", [1, 480, 511, 512, 513, 4000])
def test_fits_what_discord_takes(length: int) -> None:
    """Text is cut; who and the reference stay whole, whatever a member is called."""
    told = in_command(lambda: audit_reason("x" * length, lambda _: "n" * 4000))

    assert told is not None
    assert len(told) <= MAX_REASON_CHARS
    assert told.startswith("x" if length == 1 else "xx")
    assert told.endswith(f"({ADA}), ref 3F2A91BC)")


def test_an_authors_own_reason_stays() -> None:
    """Word for word, if Discord takes that much; an empty one is none."""
    assert in_command(lambda: default_reason("as I say", NAMES.get)) == "as I say"
    assert in_command(lambda: default_reason("", NAMES.get)) == f"by ada ({ADA}), ref 3F2A91BC"
    cut = in_command(lambda: default_reason("x" * 600, NAMES.get))
    assert cut == "x" * 511 + "…"
