"""Owners: who registered what, and how it is taken back."""

import asyncio
import gc
import weakref
from functools import partial

from wisp_framework.utils.ownership import Owner, current_owner, enter_owner, owned_by, record_undo


async def test_everything_is_undone_newest_first() -> None:
    """Undoing follows the reverse of registering, and awaits what must be awaited."""
    owner, done = Owner("m"), list[str]()

    async def undo_later() -> None:
        await asyncio.sleep(0)
        done.append("second")

    owner.record(lambda: done.append("first"))
    owner.record(undo_later)

    assert await owner.release() == []
    assert done == ["second", "first"]


async def test_a_failing_undo_stops_nothing() -> None:
    """What fails is returned, and the others are still undone."""
    owner, done = Owner("m"), list[str]()
    owner.record(lambda: done.append("kept going"))
    owner.record(lambda: 1 // 0)

    failures = await owner.release()

    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    assert done == ["kept going"]


async def test_a_forgotten_registration_is_not_undone() -> None:
    """What the module took back itself is not taken back twice."""
    owner, done = Owner("m"), list[str]()
    key = owner.record(lambda: done.append("no"))
    owner.forget(key)

    await owner.release()

    assert done == []


async def test_a_released_owner_keeps_nothing_alive() -> None:
    """Contexts that still point at an owner do not keep its module's objects."""

    class Thing:
        pass

    owner, thing = Owner("m"), Thing()
    owner.record(partial(repr, thing))
    alive = weakref.ref(thing)
    await owner.release()
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


async def test_registrations_without_an_owner_are_nobodys() -> None:
    """The framework's own registrations are not recorded, those of a module are."""
    owner = Owner("m")
    record_undo(lambda: None)
    assert owner.holdings == 0

    async def in_the_name_of_the_module() -> None:
        enter_owner(owner)
        record_undo(lambda: None)

    await asyncio.create_task(in_the_name_of_the_module())
    assert owner.holdings == 1
