"""One person's login: runs an action to its end and tells what the person then sees."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from wisp_sim.clock import Clock
from wisp_sim.model.kinds import InteractionType
from wisp_sim.people.errors import RefusedByServerError, WireError
from wisp_sim.people.memory import Memory, Outcome
from wisp_sim.people.options import File
from wisp_sim.people.payload import Payload
from wisp_sim.people.place import Place
from wisp_sim.people.reading import read_form
from wisp_sim.people.seen import FAILED, STILL_THINKING, TIMED_OUT, Seen
from wisp_sim.people.wire import Wire

Settle = Callable[[], Awaitable[None]]
PassUntil = Callable[[Callable[[], bool], float], Awaitable[None]]
Tell = Callable[[str, Seen], None]

# How long Discord waits for the first answer, and a little.
ANSWER_LIMIT_S = 3.1
# What a bot may need that no clock tells of: a database, another process. In real time.
GRACE_S = 0.25

TIMED_OUT_REASON = 2
FIRST_NONCE = 10**17


class Session:
    """A login with all that came over it.

    Args:
        api_url: base of the REST routes; the gateway's address follows from it.
        token: the user's token.
        settle: returns when nothing is under way any more.
        patience_s: the longest real time that one wait lasts.
        clock: the server's time.
        pass_until: moves the time until something is so; without it time goes by itself.
        tell: hears of each action and what came of it.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        settle: Settle | None,
        patience_s: float,
        clock: Clock,
        pass_until: PassUntil | None = None,
        tell: Tell | None = None,
    ) -> None:
        self.doing = ""
        self._open = False
        self._pass_until = pass_until
        self._tell_of = tell
        self.memory = Memory()
        self.place = Place(self.memory)
        self.wire = Wire(api_url, token, self.memory.hear, clock=clock)
        self._settle = settle
        self._patience_s = patience_s
        self._nonces = count(FIRST_NONCE)
        self._told = 0

    async def begin(self, doing: str) -> None:
        """Begin an action, which a transcript calls by these words; log in if it is the first."""
        if not self._open:
            await self.open()
        self.doing = doing

    async def open(self) -> None:
        """Log in and wait for READY.

        Raises:
            WireError: nobody listens there, or the token is not let in.
        """
        self._open = True
        try:
            await self.wire.open()
            async with asyncio.timeout(self._patience_s):
                await self.wire.until(lambda: True if self.memory.ready else None)
            self.place.arrive()
        except RefusedByServerError as refusal:
            await self.close()
            raise WireError(f"The offline Discord does not let this person in: {refusal}") from refusal
        except TimeoutError as late:
            await self.close()
            raise WireError(f"The offline Discord sent no READY within {self._patience_s:g} s.") from late
        except WireError:
            await self.close()
            raise

    async def close(self) -> None:
        """Log out; safe to call twice."""
        self._open = False
        await self.wire.close()

    def nonce(self) -> str:
        """A mark for one action, never used before in this session."""
        return str(next(self._nonces))

    async def interact(
        self,
        kind: InteractionType,
        application_id: str,
        data: Payload,
        place: Payload,
        files: Sequence[File] = (),
    ) -> Seen:
        """Send an interaction and return when it is complete; ``place`` says where, as the wire wants it."""
        start, nonce = self.memory.moment, self.nonce()
        body: dict[str, object] = {
            "type": int(kind),
            "application_id": application_id,
            "session_id": self.memory.session_id,
            "nonce": nonce,
            "data": data,
            **place,
        }
        try:
            await self.wire.request("POST", "/interactions", body, files)
        except RefusedByServerError as refusal:
            return self._tell(start, answered=False, failure=refusal.sentence)
        outcome = self.memory.outcome(nonce)
        await self._ended(outcome)
        await self._calm(start)
        self.memory.outcomes.pop(nonce, None)
        return self._tell_outcome(start, kind, outcome)

    async def plainly(self, method: str, path: str, body: Payload | None, files: Sequence[File] = ()) -> Seen:
        """Send a request that is no interaction; answered if a bot wrote or changed a message, or reacted."""
        start = self.memory.moment
        try:
            await self.wire.request(method, path, body, files)
        except RefusedByServerError as refusal:
            return self._tell(start, answered=False, failure=refusal.sentence)
        await self._calm(start)
        by_bot = [
            message for message in self.memory.changed_since(start) if message.by_bot or message.reactions
        ]
        return self._tell(start, answered=bool(by_bot))

    async def _ended(self, outcome: Outcome) -> None:
        def ended() -> bool | None:
            return True if outcome.succeeded or outcome.failed or outcome.choices is not None else None

        if self._pass_until is not None:
            await self._passed(ended, ANSWER_LIMIT_S)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await self.wire.until(ended)

    async def _passed(self, look: Callable[[], bool | None], limit_s: float) -> None:
        """Wait until ``look``, first in real time for what needs no clock, then by moving it."""
        await self._settled()
        if look() or self._pass_until is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self.wire.until(look)
        await self._pass_until(lambda: look() is True, limit_s)

    async def _calm(self, start: int) -> None:
        await self._settled()
        if self._pass_until is not None and self.memory.loading_since(start):
            await self._passed(lambda: None if self.memory.loading_since(start) else True, self._patience_s)
            await self._settled()
        elif self.memory.loading_since(start):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await self.wire.until(lambda: None if self.memory.loading_since(start) else True)
            await self._settled()

    async def _settled(self) -> None:
        if self._settle is not None:
            # A handler may well wait for this person's next action: then there is no rest to wait for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await self._settle()
        await self.wire.catch_up()

    async def news(self) -> Seen:
        """What came since the last `Seen` of this person without any doing of theirs."""
        await self._settled()
        return self._tell(self._told, answered=False)

    def skip_news(self) -> None:
        """Count all that came so far as seen."""
        self._told = self.memory.moment

    async def until(self, look: Callable[[Seen], bool]) -> Seen:
        """Wait until what came since the last `Seen` satisfies ``look``, and return it.

        Raises:
            TimeoutError: it did not within ``patience_s``.
            WireError: the connection ended.
        """
        start = self._told

        def found() -> Seen | None:
            seen = self._seen(start, answered=False)
            return seen if look(seen) else None

        async with asyncio.timeout(self._patience_s):
            seen = await self.wire.until(found)
        self._told = self.memory.moment
        self._report(seen)
        return seen

    def _tell_outcome(self, start: int, kind: InteractionType, outcome: Outcome) -> Seen:
        if outcome.failed:
            failure = TIMED_OUT if outcome.reason == TIMED_OUT_REASON else FAILED
        elif kind is InteractionType.AUTOCOMPLETE:
            failure = "" if outcome.choices is not None else TIMED_OUT
        elif not outcome.succeeded:
            failure = TIMED_OUT
        else:
            failure = STILL_THINKING if self.memory.loading_since(start) else ""
        return self._tell(start, answered=not failure, failure=failure, outcome=outcome)

    def _tell(self, start: int, *, answered: bool, failure: str = "", outcome: Outcome | None = None) -> Seen:
        seen = self._seen(start, answered=answered, failure=failure, outcome=outcome)
        self._told = self.memory.moment
        self._report(seen)
        return seen

    def _report(self, seen: Seen) -> None:
        if self._tell_of is not None:
            self._tell_of(self.doing, seen)

    def _seen(self, start: int, *, answered: bool, failure: str = "", outcome: Outcome | None = None) -> Seen:
        return Seen(
            who=self.memory.user_name,
            messages=tuple(self.memory.changed_since(start)),
            deleted=tuple(self.memory.deleted_since(start)),
            form=read_form(outcome.form) if outcome and outcome.form else None,
            choices=outcome.choices if outcome else None,
            failure=failure,
            answered=answered,
        )
