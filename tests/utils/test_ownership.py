"""Owners: who registered what, and how it is taken back."""

import asyncio
import gc
import weakref
from functools import partial

import pytest

from wisp_framework.utils.ownership import Owner, current_owner, owned_by


def test_undos_are_handed_out_newest_first() -> None:
    """What must be undone comes in the reverse order of registering, also what is recorded in between."""
    owner, first, second = Owner("m"), partial(int, 1), partial(int, 2)
    owner.record(first)
    owner.record(second)

    assert list(owner.take_back()) == [second, first]
    assert owner.holdings == 0


def test_a_forgotten_registration_is_not_undone() -> None:
    """What the module took back itself is not taken back twice."""
    owner = Owner("m")
    owner.forget(owner.record(int))

    assert list(owner.take_back()) == []


def test_nothing_is_registered_in_the_name_of_one_who_is_gone() -> None:
    """A late registration is refused with the module's name."""
    owner = Owner("ghost")
    list(owner.take_back())

    with pytest.raises(RuntimeError, match="'ghost' is unloaded"):
        owner.record(int)


def test_a_released_owner_keeps_nothing_alive() -> None:
    """Contexts that still point at an owner do not keep its module's objects."""

    class Thing:
        pass

    owner, thing = Owner("m"), Thing()
    owner.record(partial(repr, thing))
    alive = weakref.ref(thing)
    list(owner.take_back())
    del thing
    gc.collect()

    assert alive() is None
    assert owner.released


async def test_tasks_inherit_the_owner_and_the_outside_does_not() -> None:
    """Inside the block, and in tasks started there, the owner is known; elsewhere there is none."""
    owner = Owner("m")

    async def look() -> Owner | None:
        return current_owner()

    with owned_by(owner):
        inherited = asyncio.create_task(look())

    assert await inherited is owner
    assert current_owner() is None
