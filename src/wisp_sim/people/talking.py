"""What a person does that is no interaction: write, react, vote, come and go."""

from collections.abc import Sequence
from urllib.parse import quote

from wisp_sim.people.errors import NotThereError, RefusedByServerError, UnusableError
from wisp_sim.people.login import Login
from wisp_sim.people.options import File, HasId
from wisp_sim.people.payload import Payload, as_payload, part, parts, text
from wisp_sim.people.seen import Message, Seen


class Talker(Login):
    """A person who writes."""

    async def say(
        self, content: str, *, reply_to: Message | HasId | None = None, files: Sequence[File] = ()
    ) -> Seen:
        """Write a message here; answered if a bot wrote or changed a message, or reacted."""
        await self._session.begin(f"says {content!r}")
        body: dict[str, object] = {
            "content": content,
            "nonce": self._session.nonce(),
            "tts": False,
            "flags": 0,
        }
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id), "channel_id": self._place.here()}
        return await self._session.plainly("POST", f"/channels/{self._place.here()}/messages", body, files)

    async def react(self, message: Message | HasId | None, emoji: str) -> Seen:
        """Put a reaction under a message, the newest here for None."""
        await self._session.begin(f"reacts {emoji}")
        raw = (await self._target(message)).raw
        where = f"/channels/{text(raw, 'channel_id')}/messages/{text(raw, 'id')}/reactions"
        return await self._session.plainly("PUT", f"{where}/{quote(emoji, safe=':')}/@me", None)

    async def edit(self, message: Message | HasId | None, content: str) -> Seen:
        """Change a message of their own, the newest here for None."""
        await self._session.begin(f"edits to {content!r}")
        where = await self._where(message, own=True)
        return await self._session.plainly("PATCH", where, {"content": content})

    async def delete(self, message: Message | HasId | None = None) -> Seen:
        """Delete a message, their newest here for None."""
        await self._session.begin("deletes")
        return await self._session.plainly("DELETE", await self._where(message, own=True), None)

    async def unreact(self, message: Message | HasId | None, emoji: str) -> Seen:
        """Take a reaction of their own back."""
        await self._session.begin(f"takes back {emoji}")
        where = await self._where(message)
        return await self._session.plainly("DELETE", f"{where}/reactions/{quote(emoji, safe=':')}/@me", None)

    async def vote(self, *answers: str, message: Message | HasId | None = None) -> Seen:
        """Vote in a poll, the newest here unless ``message`` names one; no answer takes the vote back.

        Raises:
            NotThereError: there is no such poll or answer.
        """
        await self._session.begin(f"votes {', '.join(answers) or 'for nothing'}")
        raw = (await self._target(message)).raw if message is not None else await self._newest_poll()
        offered = {
            text(part(answer, "poll_media"), "text"): text(answer, "answer_id")
            for answer in parts(part(raw, "poll"), "answers")
        }
        for answer in answers:
            if answer not in offered:
                raise NotThereError("answer", answer, offered, where="in the poll")
        where = f"/channels/{text(raw, 'channel_id')}/polls/{text(raw, 'id')}/answers/@me"
        return await self._session.plainly("PUT", where, {"answer_ids": [offered[name] for name in answers]})

    async def _newest_poll(self) -> Payload:
        for note in await self._notes(self._place.here()):
            if part(note.raw, "poll"):
                return note.raw
        raise NotThereError("message", "with a poll", [], where=f"in #{self.channel}")

    async def join(self, invite: str) -> Seen:
        """Accept an invite by its code, and become a member."""
        await self._session.begin(f"accepts the invite {invite}")
        return await self._session.plainly("POST", f"/invites/{quote(invite)}", {})

    async def leave(self) -> Seen:
        """Leave the guild where they are."""
        await self._session.begin(f"leaves {self.guild}")
        return await self._session.plainly("DELETE", f"/users/@me/guilds/{self._place.guild_id}", None)

    async def dm(self, who: str | HasId) -> None:
        """Turn to the direct messages with somebody, by member's name or by id; opened if there are none.

        Raises:
            NotThereError: no such member.
            UnusableError: Discord refuses it.
        """
        await self._session.begin(f"turns to direct messages with {who}")
        view = self._place.guild
        found = (view.members.find(who) if view else None) if isinstance(who, str) else str(who.id)
        if found is None:
            raise NotThereError("member", str(who), view.members.names() if view else [])
        try:
            opened = await self._session.wire.request("POST", "/users/@me/channels", {"recipients": [found]})
        except RefusedByServerError as refusal:
            raise UnusableError(refusal.sentence) from refusal
        self._place.turn_to_dm(text(as_payload(opened), "id"))

    async def _where(self, message: Message | HasId | None, *, own: bool = False) -> str:
        if message is None and own:
            for note in await self._notes(self._place.here()):
                if text(part(note.raw, "author"), "id") == str(self.id):
                    return _address(note.raw)
            raise NotThereError("message", "of their own", [], where=f"in #{self.channel}")
        return _address((await self._target(message)).raw)


def _address(raw: Payload) -> str:
    return f"/channels/{text(raw, 'channel_id')}/messages/{text(raw, 'id')}"
