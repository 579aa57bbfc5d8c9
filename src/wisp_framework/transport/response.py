"""The answer to an interaction, deferred for a handler that takes longer than Discord waits."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import discord
from discord import InteractionResponseType, InteractionType
from discord.ui import Modal, View
from typing_extensions import override

from wisp_framework.context import current_decision
from wisp_framework.dispatch.deferral import AutoDefer, Deadlines, Habits
from wisp_framework.services.decisions import Decision
from wisp_framework.transport.http import WispHTTP
from wisp_framework.transport.rescue import RescueError, post
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

EPHEMERAL = 64

_claiming = threading.Lock()
"""Held for a moment, by whoever begins to answer: the handler, the deadline, or a thread that rescues."""

AnyInteraction = discord.Interaction[Any]
Callback = discord.InteractionCallbackResponse[Any]
ResultT = TypeVar("ResultT")

OPEN_FORM = "Open the form"
NOTHING_SAID = "Done."
FORM_SENTENCE = "This took a moment. Please open the form by the button."


class Answering:
    """How the answers of one bot are deferred: the deadlines, and what is known of its handlers."""

    def __init__(self, clock: Clock, api_url: str) -> None:
        self.clock = clock
        self.api_url = api_url
        self.deadlines = Deadlines(clock)
        self.habits = Habits()

    def watch(
        self, interaction: AnyInteraction, name: str, declared: Callable[[], AutoDefer]
    ) -> "WispResponse":
        """Give an interaction an answer of ours; its deadline is kept while the handler runs.

        Args:
            interaction: nobody has answered it.
            name: the handler's, under which its habits are kept.
            declared: asked at the deadline, what the handler declares.
        """
        response = WispResponse(interaction, self, name, declared)
        interaction._cs_response = response  # type: ignore[attr-defined]  # noqa: SLF001 - where discord.py keeps it
        return response


class WispResponse(discord.InteractionResponse[Any]):
    """discord.py's response, with one more state: deferred for the handler, which does not know of it.

    As long as the handler has not answered, it looks as if nothing had been: its later ``send_message``,
    ``edit_message`` or ``defer`` does what it would have done, by another request.
    """

    __slots__ = (
        "_answering",
        "_auto",
        "_busy",
        "_came_s",
        "_decision",
        "_declared",
        "_ended",
        "_name",
        "_private",
        "_rescuing",
    )

    def __init__(
        self, parent: AnyInteraction, answering: Answering, name: str, declared: Callable[[], AutoDefer]
    ) -> None:
        super().__init__(parent)
        self._answering = answering
        self._name = name
        self._declared = declared
        self._auto: InteractionResponseType | None = None
        self._private = False
        self._busy: asyncio.Future[None] | None = None
        self._rescuing: concurrent.futures.Future[None] | None = None
        self._decision: Decision | None = None
        self._ended = False
        self._came_s = answering.clock.monotonic()

    def __enter__(self) -> None:
        """The handler begins; its record will tell of a deferral. Suggestions cannot be deferred."""
        self._decision = current_decision()
        if self._parent.type is not InteractionType.autocomplete:
            self._answering.deadlines.watch(self, self._came_s)

    def __exit__(self, *_: object) -> None:
        """The handler has ended."""
        self._ended = True

    @property
    def is_left_empty(self) -> bool:
        """Whether it was deferred for a handler that has said nothing: "thinking…" may stay behind."""
        return self._auto is not None and self._is_placeholder and self._response_type is None

    async def fill(self) -> None:
        """Leave no "thinking…" behind; follow-ups and edits, of which nobody is told, may have filled it."""
        try:
            shown = await self._parent.original_response()
            if shown.flags.loading:
                await self._parent.edit_original_response(content=NOTHING_SAID)
        except discord.HTTPException as error:
            _log.warning("what was deferred stays without an answer: %s", error)

    @property
    def is_open(self) -> bool:
        """Whether nothing was answered or deferred so far."""
        return self._response_type is None and self._auto is None and not self._ended

    @property
    def was_deferred(self) -> bool:
        """Whether it was deferred for the handler."""
        return self._auto is not None

    async def defer_for_handler(self) -> None:
        """Defer unless the handler was faster, or declares that it answers by itself.

        Raises:
            discord.HTTPException: Discord does not take it.
        """
        declared = self._declared()
        if not declared.enabled:
            return
        async with _Turn(self):
            if not self.is_open:
                return
            self._private = self._be_private(declared)
            await super().defer(ephemeral=self._private, thinking=not self._is_silent)
            self._auto, self._response_type = self._response_type, None
            self._note_deferral()

    def _be_private(self, declared: AutoDefer) -> bool:
        if declared.ephemeral is not None:
            return declared.ephemeral
        return self._answering.habits.is_private(self._name)

    @property
    def _is_silent(self) -> bool:
        """The message of a component stays as it is; only where there is none does a placeholder appear."""
        parent = self._parent
        return parent.type is not InteractionType.application_command and parent.message is not None

    def _note_deferral(self) -> None:
        if self._decision is not None:
            self._decision.defer(self._answering.clock.monotonic())

    def rescue(self) -> None:
        """Defer from another thread, while the event loop stands still; never raises."""
        declared = self._declared()
        with _claiming:
            if not declared.enabled or not self.is_open or self._busy is not None or self._rescuing:
                return
            rescuing = self._rescuing = concurrent.futures.Future()
        try:
            self._post(private=self._be_private(declared))
        except RescueError as error:
            _log.warning("an answer could not be deferred while the event loop stands still: %s", error)
        finally:
            with _claiming:
                self._rescuing = None
            rescuing.set_result(None)

    def _post(self, *, private: bool) -> None:
        parent = self._parent
        kind = InteractionResponseType.deferred_channel_message
        if self._is_silent:
            kind = InteractionResponseType.deferred_message_update
        post(
            f"{self._answering.api_url}/interactions/{parent.id}/{parent.token}/callback",
            {"type": kind.value, "data": {"flags": EPHEMERAL if private else 0}},
            parent._state.http.user_agent,  # noqa: SLF001
        )
        self._private, self._auto = private, kind
        self._note_deferral()
        _log.warning("the answer of %s was deferred while the event loop stands still", self._name)

    # --- what the handler calls ---

    async def _first(
        self, direct: Callable[[], Awaitable[ResultT]], late: Callable[[], Awaitable[ResultT]]
    ) -> ResultT:
        async with _Turn(self):
            if self._auto is None:
                return await direct()
            if self._response_type is not None:
                raise discord.InteractionResponded(self._parent)
            result = await late()
            self._response_type = self._auto
            return result

    @override
    async def defer(self, *, ephemeral: bool = False, thinking: bool = False) -> Callback | None:
        async def late() -> Callback | None:
            return None  # it is deferred already

        return await self._first(
            lambda: super(WispResponse, self).defer(ephemeral=ephemeral, thinking=thinking), late
        )

    @override
    async def send_message(self, content: object = None, **options: Any) -> Callback:
        private = bool(options.get("ephemeral", False))

        async def direct() -> Callback:
            return await super(WispResponse, self).send_message(content, **options)

        result = await self._first(direct, lambda: self._send_late(content, private, dict(options)))
        self._answering.habits.learn(self._name, private=private)
        return result

    async def _send_late(self, content: object, private: bool, options: dict[str, Any]) -> Callback:
        apart = self._is_placeholder and private is not self._private
        if apart:
            # What fills a placeholder is seen by whoever saw it: this answer gets a message of its own.
            await self._parent.delete_original_response()
        delete_after = options.pop("delete_after", None)
        message = await self._parent.followup.send(cast("Any", content), wait=True, **options)
        if private and not message.flags.ephemeral:
            await message.delete()
            raise RuntimeError("Discord showed a private answer to everybody; it was deleted at once")
        if delete_after is not None:
            await message.delete(delay=delete_after)
        if apart:
            http = cast("WispHTTP", self._parent._state.http)  # noqa: SLF001
            http.move_original(self._parent.token, message.id)
        return self._as_callback(_LateMessage(message))

    @property
    def _is_placeholder(self) -> bool:
        return self._auto is InteractionResponseType.deferred_channel_message

    @override
    async def edit_message(self, **options: Any) -> Callback | None:
        async def direct() -> Callback | None:
            return await super(WispResponse, self).edit_message(**options)

        async def late() -> Callback | None:
            if self._is_placeholder and self._parent.message is None:
                return None  # as discord.py: there is no message that could be edited
            changes = {name: value for name, value in options.items() if name != "suppress_embeds"}
            delete_after = changes.pop("delete_after", None)
            message = await self._parent.edit_original_response(**changes)
            if delete_after is not None:
                await message.delete(delay=delete_after)
            return self._as_callback(message)

        return await self._first(direct, late)

    @override
    async def send_modal(self, modal: Modal, /) -> Callback:
        async def late() -> Callback:
            # No form can follow any other answer, so the member opens it by a press.
            return await self._send_late(
                FORM_SENTENCE, private=True, options={"view": _OpenForm(modal), "ephemeral": True}
            )

        return await self._first(lambda: super(WispResponse, self).send_modal(modal), late)

    def _as_callback(self, message: discord.InteractionMessage) -> Callback:
        parent = self._parent
        callback: Callback = discord.InteractionCallbackResponse(
            data={"interaction": {"id": str(parent.id), "type": parent.type.value}},
            parent=parent,
            state=parent._state,  # noqa: SLF001
            type=InteractionResponseType.channel_message,
        )
        callback.resource = message
        callback.message_id = message.id
        return callback


class _LateMessage(discord.InteractionMessage):
    """A follow-up in the place of the first answer; it is edited and deleted as what it is."""

    __slots__ = ("_sent",)

    def __init__(self, sent: discord.WebhookMessage) -> None:
        # Neither kind of message is made from the other, and code that sent one asks which kind it is.
        for slot in {slot for kind in discord.Message.__mro__ for slot in vars(kind).get("__slots__", ())}:
            if hasattr(sent, slot):
                setattr(self, slot, getattr(sent, slot))
        self._sent = sent

    @override
    async def edit(self, **changes: Any) -> discord.InteractionMessage:
        return _LateMessage(await self._sent.edit(**changes))

    @override
    async def delete(self, *, delay: float | None = None) -> None:
        await self._sent.delete(delay=delay)


class _Turn:
    """One answer at a time: whoever comes while another is on its way waits for how that ends."""

    __slots__ = ("_mine", "_response")

    def __init__(self, response: WispResponse) -> None:
        self._response = response

    async def __aenter__(self) -> None:
        while (other := self._claim()) is not None:
            await asyncio.shield(other)

    def _claim(self) -> asyncio.Future[None] | None:
        """Take the turn; or what to wait for, if somebody else has it."""
        response = self._response
        with _claiming:
            if response._rescuing is not None:  # noqa: SLF001
                return asyncio.wrap_future(response._rescuing)  # noqa: SLF001
            if response._busy is not None:  # noqa: SLF001
                return response._busy  # noqa: SLF001
            self._mine = response._busy = asyncio.get_running_loop().create_future()  # noqa: SLF001
            return None

    async def __aexit__(self, *exc_info: object) -> None:
        self._response._busy = None  # noqa: SLF001
        self._mine.set_result(None)


class _OpenForm(View):
    """The button that opens a form which came too late."""

    def __init__(self, modal: Modal) -> None:
        super().__init__(timeout=15 * 60)
        self._modal = modal

    @discord.ui.button(label=OPEN_FORM, style=discord.ButtonStyle.primary)
    async def open(self, interaction: AnyInteraction, _: discord.ui.Button["_OpenForm"]) -> None:
        """Open it."""
        await interaction.response.send_modal(self._modal)
