"""Set one module up in its own name, and take back all that it registered."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, cast
from weakref import WeakKeyDictionary

from discord.ext import commands

from wisp_framework.config.redaction import words_of
from wisp_framework.context import BotContext
from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module
from wisp_framework.registry.declared import register_declared
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner, Undo, current_owner, enter_owner

_log = logging.getLogger(__name__)

SETUP_TIMEOUT_S = 30.0
TEARDOWN_TIMEOUT_S = 10.0
HOOK_TIMEOUT_S = 10.0
CANCEL_TIMEOUT_S = 2.0


async def set_up(
    module: Module, owner: Owner, bot: commands.AutoShardedBot, ctx: BotContext, clock: Clock
) -> None:
    """Run ``setup`` in the name of ``owner``, then register its methods; if that fails, nothing stays.

    Raises:
        ModuleError: what it raised, or that it took longer than `SETUP_TIMEOUT_S`.
    """
    try:
        with _tasks_owned_by(owner):
            await within(clock, SETUP_TIMEOUT_S, _register(module, bot, ctx), context=_context_of(owner))
    except BaseException as error:
        await release(owner, clock)
        if not isinstance(error, Exception):
            raise
        if isinstance(error, ModuleError):
            raise
        reason = (
            f"setup() did not end within {SETUP_TIMEOUT_S:.0f} s"
            if isinstance(error, DeadlineExceededError)
            else (f"setup() raised {words_of(error)}")
        )
        raise ModuleError(owner.name, reason) from error


async def _register(module: Module, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
    await module.setup(bot, ctx)
    await register_declared(module, bot)


async def tear_down(
    module: Module, owner: Owner, bot: commands.AutoShardedBot, ctx: BotContext, clock: Clock
) -> None:
    """Run ``teardown``, then undo what it forgot; problems are logged, the rest goes on."""
    try:
        await within(clock, TEARDOWN_TIMEOUT_S, module.teardown(bot, ctx), context=_context_of(owner))
    except Exception:  # noqa: BLE001 - foreign code; what it forgot is undone all the same
        _log.exception("module %s: teardown() failed", owner.name)
    await release(owner, clock)


async def run_hook(hook: Coroutine[object, object, None], owner: Owner, clock: Clock) -> None:
    """Run a module's hook in its name; what it raises, or that it does not end, is logged."""
    try:
        with _tasks_owned_by(owner):
            await within(clock, HOOK_TIMEOUT_S, hook, context=_context_of(owner))
    except Exception:  # noqa: BLE001 - foreign code; the switch and the other modules go on
        _log.exception("module %s: a hook of a guild failed", owner.name)


async def release(owner: Owner, clock: Clock) -> None:
    """Undo every registration of ``owner``; what fails or does not end is logged, the rest goes on."""
    for undo in owner.take_back():
        try:
            await within(clock, TEARDOWN_TIMEOUT_S, _run(undo), context=Context())
        except Exception:  # noqa: BLE001 - foreign code; the others must still be undone
            _log.exception("module %s: something could not be taken back", owner.name)


async def _run(undo: Undo) -> None:
    result = undo()
    if inspect.isawaitable(result):
        await result


def _context_of(owner: Owner) -> Context:
    """A fresh one: what a module starts must not go on in the name of the command that had it loaded."""
    context = Context()
    context.run(enter_owner, owner)
    return context


_factories: WeakKeyDictionary[asyncio.AbstractEventLoop, "_OwningFactory"] = WeakKeyDictionary()


class _OwningFactory:
    """The task factory of a loop while modules are set up in it, those of other apps included."""

    def __init__(self, former: Any) -> None:  # noqa: ANN401 - typeshed has no public name for it
        self.former = former
        self.owners: set[Owner] = set()

    def __call__(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: object
    ) -> asyncio.Task[Any]:
        task = cast("Callable[..., asyncio.Task[Any]]", self.former or _stock_task)(loop, coro, **options)
        owner = current_owner()
        if owner in self.owners:
            key = owner.record(lambda: _cancel(task))
            task.add_done_callback(lambda _: owner.forget(key))
        return task


@contextmanager
def _tasks_owned_by(owner: Owner) -> Iterator[None]:
    """Have the tasks that are started meanwhile in the name of ``owner`` cancelled on its release."""
    loop = asyncio.get_running_loop()
    factory = _factories.get(loop)
    if factory is None:
        factory = _factories[loop] = _OwningFactory(loop.get_task_factory())
        loop.set_task_factory(factory)  # type: ignore[arg-type]
    factory.owners.add(owner)
    try:
        yield
    finally:
        factory.owners.discard(owner)
        if not factory.owners:
            loop.set_task_factory(factory.former)
            del _factories[loop]


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
