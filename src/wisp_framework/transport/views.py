"""The store of buttons, menus and forms: each has an owner, and each use travels the road."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

import discord
from discord.state import ConnectionState
from discord.ui import DynamicItem, Item, Modal
from discord.ui.view import BaseView, ViewStore
from typing_extensions import override

from wisp_framework.context import Invocation, InvocationKind, current_decision
from wisp_framework.dispatch.answers import answer
from wisp_framework.dispatch.deferral import declared
from wisp_framework.dispatch.road import Road, invocation_of
from wisp_framework.exceptions import CheckRefusedError, ExpiredError
from wisp_framework.transport.response import Answering
from wisp_framework.utils.ownership import Owner, current_owner, owned_by

if TYPE_CHECKING:  # these modules of discord.py import each other in a circle and hold nothing at run time
    from discord.types.interactions import ModalSubmitComponentInteractionData, ResolvedData

REMEMBERED = 10_000
"""Components whose module is gone; older ones are answered as expired."""

AnyView: TypeAlias = BaseView
State: TypeAlias = ConnectionState[Any]
Dynamic: TypeAlias = type[DynamicItem[Item[Any]]]
Key: TypeAlias = tuple[int | None, int, str]
MODAL_TYPE = -1


class WispViewStore(ViewStore):
    """discord.py's store with owners, a gate, and removal by identity instead of by key.

    Args:
        state: the connection state it serves.
        road: the way of every component and form.
        answering: answers for handlers that take too long.
        is_heard: whether the bot has other code that may answer an unknown component.
    """

    def __init__(self, state: State, road: Road, answering: Answering, is_heard: Callable[[], bool]) -> None:
        super().__init__(state)
        self._road = road
        self._answering = answering
        self._is_heard = is_heard
        self._view_owners: WeakKeyDictionary[AnyView, Owner] = WeakKeyDictionary()
        self._dynamic_owners: dict[re.Pattern[str], Owner] = {}
        self._gone: OrderedDict[Key, str] = OrderedDict()
        self._started: list[asyncio.Task[None]] = []

    # --- registration ---

    @override
    def add_view(self, view: AnyView, message_id: int | None = None) -> None:
        owner = current_owner()
        before = set(self._dynamic_items)
        super().add_view(view, message_id)
        self._watch(view)
        if owner is None:
            return
        self._view_owners[view] = owner
        for pattern in self._dynamic_items.keys() - before:
            self._dynamic_owners[pattern] = owner
        if owner.released:
            view.stop()

    @override
    def add_dynamic_items(self, *items: Dynamic) -> None:
        owner = current_owner()
        if owner is not None:
            owner.record(lambda: self.remove_dynamic_items(*items))
            for item in items:
                self._dynamic_owners[item.__discord_ui_compiled_template__] = owner
        super().add_dynamic_items(*items)

    @override
    def remove_view(self, view: AnyView) -> None:
        if isinstance(view, Modal):
            if self._modals.get(view.custom_id) is view:
                del self._modals[view.custom_id]
            return
        key = view._cache_key  # noqa: SLF001 - where the store keeps it
        entries = self._views.get(key, {})
        for name in [name for name, item in entries.items() if item.view is view]:
            del entries[name]
        if not entries:
            self._views.pop(key, None)
        if key is not None and self._synced_message_views.get(key) is view:
            del self._synced_message_views[key]

    @override
    def remove_dynamic_items(self, *items: Dynamic) -> None:
        for item in items:
            pattern = item.__discord_ui_compiled_template__
            if self._dynamic_items.get(pattern) is item:
                del self._dynamic_items[pattern]
                self._dynamic_owners.pop(pattern, None)

    def views_of(self, owner: Owner) -> list[AnyView]:
        """The views and forms of one module that still wait for use."""
        stored = {id(item.view): item.view for entries in self._views.values() for item in entries.values()}
        views = [view for view in [*stored.values(), *self._modals.values()] if view is not None]
        return [view for view in views if self._view_owners.get(view) is owner]

    def release(self, owner: Owner) -> None:
        """Stop all views and forms of a module and forget its dynamic items; remember whose they were."""
        for view in self.views_of(owner):
            for key in self._keys_of(view):
                self._remember(key, owner.name)
            view.stop()
        for pattern in [pattern for pattern, found in self._dynamic_owners.items() if found is owner]:
            del self._dynamic_owners[pattern]
            self._dynamic_items.pop(pattern, None)

    def _keys_of(self, view: AnyView) -> list[Key]:
        if isinstance(view, Modal):
            return [(None, MODAL_TYPE, view.custom_id)]
        message_id = view._cache_key  # noqa: SLF001
        return [
            (message_id, *name) for name, item in self._views.get(message_id, {}).items() if item.view is view
        ]

    def _remember(self, key: Key, module: str) -> None:
        self._gone[key] = module
        if len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)

    # --- invocation ---

    def _find(self, component_type: int, custom_id: str, message_id: int | None) -> Item[Any] | None:
        name = (component_type, custom_id)
        return self._views.get(message_id, {}).get(name) or self._views.get(None, {}).get(name)

    def _find_dynamic(self, custom_id: str) -> Dynamic | None:
        return next(iter(self._all_dynamic(custom_id)), None)

    def _all_dynamic(self, custom_id: str) -> list[Dynamic]:
        return [item for pattern, item in self._dynamic_items.items() if pattern.fullmatch(custom_id)]

    @override
    def dispatch_dynamic_items(
        self, component_type: int, custom_id: str, interaction: discord.Interaction
    ) -> None:
        # As the stock one, each behind its own gate: a custom id may fit patterns of several modules.
        for pattern, item in list(self._dynamic_items.items()):
            match, owner = pattern.fullmatch(custom_id), self._dynamic_owners.get(pattern)
            if match is None or not self._road.gate.allows(
                owner.name if owner else None, interaction.guild_id
            ):
                continue
            with owned_by(owner):
                call = self.schedule_dynamic_item_call(component_type, item, interaction, custom_id, match)
                self.add_task(asyncio.create_task(call, name=f"discord-ui-dynamic-item-{item.__name__}"))

    @override
    def dispatch_view(self, component_type: int, custom_id: str, interaction: discord.Interaction) -> None:
        message_id = interaction.message.id if interaction.message is not None else None
        item = self._find(component_type, custom_id, message_id)
        dynamic = self._find_dynamic(custom_id)
        owner = self._owner_of(item, dynamic)
        module = owner.name if owner is not None else None
        if item is None and dynamic is None:
            gone = self._gone.get((message_id, component_type, custom_id))
            module = gone or self._gone.get((None, component_type, custom_id))
            if module is None and self._is_heard():
                return
        name = _labelled(item.view if item is not None else None, custom_id)
        handler = item if item is not None else dynamic
        self._start(
            interaction,
            invocation_of(InvocationKind.COMPONENT, name, module, interaction),
            owner,
            partial(self._press, component_type, custom_id, interaction),
            handler.callback if handler is not None else None,
        )

    def _start(
        self,
        interaction: discord.Interaction,
        invocation: Invocation,
        owner: Owner | None,
        act: Callable[[], Coroutine[object, object, None]],
        handler: object,
    ) -> None:
        response = self._answering.watch(interaction, invocation.name, lambda: declared(handler))

        async def travel() -> None:
            with response:
                await act()
            if response.is_left_empty:
                await response.fill()

        self._road.start(interaction, invocation, owner, travel)

    def _owner_of(self, item: Item[Any] | None, dynamic: Dynamic | None) -> Owner | None:
        if item is not None and item.view is not None:
            return self._view_owners.get(item.view)
        return (
            self._dynamic_owners.get(dynamic.__discord_ui_compiled_template__)
            if dynamic is not None
            else None
        )

    async def _press(self, component_type: int, custom_id: str, interaction: discord.Interaction) -> None:
        message_id = interaction.message.id if interaction.message is not None else None
        item = self._find(component_type, custom_id, message_id)
        handlers: list[Item[Any] | Dynamic] = [*self._all_dynamic(custom_id), *([item] if item else [])]
        if not handlers:
            raise ExpiredError
        for handler in handlers:  # discord.py calls them all
            waiting = self._road.admit(interaction, handler.callback)
            if waiting is not None:
                await waiting
        await self._finish(partial(super().dispatch_view, component_type, custom_id, interaction))

    @override
    def dispatch_modal(
        self,
        custom_id: str,
        interaction: discord.Interaction,
        components: "list[ModalSubmitComponentInteractionData]",
        resolved: "ResolvedData",
    ) -> None:
        modal = self._modals.get(custom_id)
        owner = self._view_owners.get(modal) if modal is not None else None
        module = owner.name if owner is not None else self._gone.get((None, MODAL_TYPE, custom_id))
        if modal is None and module is None and self._is_heard():
            return

        async def submit() -> None:
            current = self._modals.get(custom_id)
            if current is None:
                raise ExpiredError
            waiting = self._road.admit(interaction, current.on_submit)
            if waiting is not None:
                await waiting
            await self._finish(
                partial(
                    super(WispViewStore, self).dispatch_modal, custom_id, interaction, components, resolved
                )
            )

        self._start(
            interaction,
            invocation_of(InvocationKind.MODAL, _labelled(modal, custom_id), module, interaction),
            owner,
            submit,
            modal.on_submit if modal is not None else None,
        )

    @override
    def add_task(self, task: asyncio.Task[None]) -> None:
        super().add_task(task)
        self._started.append(task)

    async def _finish(self, dispatch: Callable[[], None]) -> None:
        """Let discord.py start the callbacks, and end when they have: a drain waits for the road alone."""
        self._started = []
        dispatch()
        started, self._started = self._started, []
        if started:
            await asyncio.gather(*started)

    def _watch(self, view: AnyView) -> None:
        """Have failures answered where the author does not, and written down whoever answers them."""
        own, kind = vars(view), type(view)
        if kind.on_error in STOCK_ERROR_HANDLERS:
            own["on_error"] = self._answer_failure
        elif "on_error" not in own:
            own["on_error"] = partial(self._hand_on_failure, view.on_error)
        if kind.interaction_check is not BaseView.interaction_check and "interaction_check" not in own:
            own["interaction_check"] = partial(self._ask_check, view.interaction_check)

    async def _hand_on_failure(
        self,
        handler: Callable[..., Coroutine[object, object, None]],
        interaction: discord.Interaction,
        error: Exception,
        *item: object,
    ) -> None:
        self._road.answers.failure(error, handled=True)
        await handler(interaction, error, *item)

    async def _ask_check(
        self,
        check: Callable[[discord.Interaction], Coroutine[object, object, bool]],
        interaction: discord.Interaction,
    ) -> bool:
        allowed, decision = await check(interaction), current_decision()
        if not allowed and decision is not None:  # it answers for itself, and discord.py tells nobody
            decision.refuse(CheckRefusedError.gate, "the interaction_check of the view said no")
        return allowed

    async def _answer_failure(self, interaction: discord.Interaction, error: Exception, *_: object) -> None:
        await answer(interaction, self._road.answers.failure(error))


def _labelled(view: AnyView | None, custom_id: str) -> str:
    """What a log calls a component or form: ids that discord.py makes up say nothing to people."""
    return f"{type(view).__name__}/{custom_id}" if view is not None else custom_id


STOCK_ERROR_HANDLERS = frozenset({BaseView.on_error, Modal.on_error})
