"""Set one module up in its own name, and take back all that it registered."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, cast

from discord.ext import commands

from wisp_framework.context import BotContext
from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module
from wisp_framework.utils.ownership import Owner, current_owner, owned_by

_log = logging.getLogger(__name__)

SETUP_TIMEOUT_S = 30.0
TEARDOWN_TIMEOUT_S = 10.0
CANCEL_TIMEOUT_S = 2.0


async def set_up(module: Module, owner: Owner, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
    """Run ``setup`` in the name of ``owner``; if it raises, nothing that it registered stays.

    Raises:
        ModuleError: what it raised, or that it took longer than `SETUP_TIMEOUT_S`.
    """
    try:
        with owned_by(owner), _tasks_owned_by(owner):
            async with asyncio.timeout(SETUP_TIMEOUT_S):
                await module.setup(bot, ctx)
    except Exception as error:
        await release(owner)
        reason = (
            f"setup() did not end within {SETUP_TIMEOUT_S:.0f} s"
            if isinstance(error, TimeoutError)
            else (f"setup() raised {type(error).__name__}: {error}")
        )
        raise ModuleError(owner.name, reason) from error


async def tear_down(module: Module, owner: Owner, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
    """Run ``teardown``, then undo what it forgot; problems are logged, the rest goes on."""
    try:
        with owned_by(owner):
            async with asyncio.timeout(TEARDOWN_TIMEOUT_S):
                await module.teardown(bot, ctx)
    except Exception:  # noqa: BLE001 - foreign code; what it forgot is undone all the same
        _log.exception("module %s: teardown() failed", owner.name)
    await release(owner)


async def release(owner: Owner) -> None:
    """Undo every registration of ``owner``; what fails is logged."""
    for failure in await owner.release():
        _log.error("module %s: something could not be taken back", owner.name, exc_info=failure)


@contextmanager
def _tasks_owned_by(owner: Owner) -> Iterator[None]:
    """Have the tasks that are started meanwhile in the name of ``owner`` cancelled on its release."""
    loop = asyncio.get_running_loop()
    former = loop.get_task_factory()

    def _owned(
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, Any],
        **options: Any,  # noqa: ANN401
    ) -> asyncio.Task[Any]:
        make = cast("Callable[..., asyncio.Task[Any]]", former or _stock_task)
        task = make(loop, coro, **options)
        if current_owner() is owner:
            key = owner.record(lambda: _cancel(task))
            task.add_done_callback(lambda _: owner.forget(key))
        return task

    loop.set_task_factory(_owned)  # type: ignore[arg-type]
    try:
        yield
    finally:
        loop.set_task_factory(former)


def _stock_task(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, Any],
    **options: Any,  # noqa: ANN401
) -> asyncio.Task[Any]:
    return asyncio.Task(coro, loop=loop, **options)


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    if task is not asyncio.current_task():
        await asyncio.wait({task}, timeout=CANCEL_TIMEOUT_S)
