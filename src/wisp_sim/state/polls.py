"""Polls that run, are voted in, and end.

Source: https://docs.discord.com/developers/resources/poll
"""

from datetime import timedelta
from functools import partial

from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import Intent
from wisp_sim.model.message import Message, Poll
from wisp_sim.model.payload import Payload
from wisp_sim.rules.polls import PollDraft
from wisp_sim.state.bus import Event
from wisp_sim.state.delivery import announce, deliver, place_of
from wisp_sim.state.emoji_use import usable_emoji
from wisp_sim.state.store import Store

_POLL_RESULT = 46


def make_poll(store: Store, author_id: int, draft: PollDraft) -> Poll:
    """A poll that begins now.

    Raises:
        ApiError: 520004, its author may not use one of its emojis.
    """
    answers = {
        key: {**answer, **_with_emoji(store, author_id, answer)}
        for key, answer in enumerate(draft.answers, 1)
    }
    ends_at = store.clock.now() + timedelta(hours=draft.duration_h)
    votes: dict[int, dict[int, None]] = {key: {} for key in answers}
    return Poll(draft.question, answers, ends_at, draft.many_answers, draft.layout, votes=votes)


def _with_emoji(store: Store, author_id: int, answer: Payload) -> Payload:
    emoji = answer.get("emoji")
    if not isinstance(emoji, dict) or emoji["id"] is None:
        return {}
    found, _ = usable_emoji(store, author_id, int(emoji["id"]))
    if found is None:
        raise ApiError(400, 520004, "Cannot use an emoji included with the poll")
    view: Payload = {"id": str(found.id), "name": found.name}
    return {"emoji": view | {"animated": True} if found.animated else view}


def run_poll(store: Store, message: Message) -> None:
    """Let the poll of this message end when it is due."""
    if message.poll is None or message.poll.finished:
        return
    left_s = max((message.poll.ends_at - store.clock.now()).total_seconds(), 0.0)
    store.timers[message.id] = store.clock.call_later(left_s, partial(_ring, store, message))


def need_poll(message: Message) -> Poll:
    """The poll of this message.

    Raises:
        ApiError: 50068, it has none.
    """
    if message.poll is None:
        raise ApiError(400, 50068, "Invalid message type")
    return message.poll


def need_running(message: Message) -> Poll:
    """The poll of this message, which must not have ended.

    Raises:
        ApiError: 520001.
    """
    poll = need_poll(message)
    if poll.finished:
        raise ApiError(400, 520001, "Poll expired")
    return poll


def vote(store: Store, message: Message, user_id: int, answer_ids: list[int]) -> None:
    """Let exactly these answers have this user's votes.

    Raises:
        ApiError: 520001, or 50035 for answers that there are not, or too many.
    """
    poll = need_running(message)
    wrong = [key for key in answer_ids if key not in poll.answers]
    if wrong or (len(set(answer_ids)) > 1 and not poll.many_answers):
        problem = {"code": "POLL_INVALID_ANSWER_IDS", "message": "Invalid poll answers"}
        raise ApiError(400, 50035, "Invalid Form Body", {"answer_ids": {"_errors": [problem]}})
    for key, voters in poll.votes.items():
        if user_id in voters and key not in answer_ids:
            del voters[user_id]
            _tell(store, "MESSAGE_POLL_VOTE_REMOVE", message, user_id, key)
    for key in dict.fromkeys(answer_ids):
        if user_id not in poll.votes[key]:
            poll.votes[key][user_id] = None
            _tell(store, "MESSAGE_POLL_VOTE_ADD", message, user_id, key)


def finish(store: Store, message: Message) -> None:
    """End a poll: its message shows the result, and a new one tells it."""
    poll = need_running(message)
    timer = store.timers.pop(message.id, None)
    if timer is not None:
        timer.cancel()
    poll.finished = True
    poll.ends_at = min(poll.ends_at, store.clock.now())
    announce(store, "MESSAGE_UPDATE", message)
    result = Message(
        id=store.ids.make(),
        channel_id=message.channel_id,
        guild_id=message.guild_id,
        author_id=message.author_id,
        sent_at=store.clock.now(),
        type=_POLL_RESULT,
        reply_to=message.id,
        guise=message.guise,
        embeds=[{"type": "poll_result", "fields": _result(poll), "content_scan_version": 0}],
    )
    deliver(store, result)


def _ring(store: Store, message: Message) -> None:
    store.timers.pop(message.id, None)
    here = store.messages.get(message.channel_id, {}).get(message.id)
    if here is message and message.poll is not None and not message.poll.finished:
        finish(store, message)


def _tell(store: Store, name: str, message: Message, user_id: int, answer_id: int) -> None:
    data = {**place_of(message), "user_id": str(user_id), "answer_id": answer_id}
    channel = store.channels[message.channel_id]
    direct = channel.guild_id is None
    intent = Intent.DIRECT_MESSAGE_POLLS if direct else Intent.GUILD_MESSAGE_POLLS
    store.bus.publish(Event(name, data, store.watchers(channel), channel.guild_id, intent))


def _result(poll: Poll) -> list[Payload]:
    counts = {key: len(voters) for key, voters in poll.votes.items()}
    most = max(counts.values())
    winners = [key for key, count in counts.items() if count == most and most]
    told: list[tuple[str, object]] = [
        ("poll_question_text", poll.question),
        ("victor_answer_votes", most),
        ("total_votes", sum(counts.values())),
    ]
    if len(winners) == 1:
        media = poll.answers[winners[0]]
        told += [("victor_answer_id", winners[0]), ("victor_answer_text", media.get("text", ""))]
        emoji = media.get("emoji")
        if isinstance(emoji, dict):
            told += [(f"victor_answer_emoji_{key}", emoji[key]) for key in ("id", "name") if emoji[key]]
    return [{"name": name, "value": str(value), "inline": False} for name, value in told]
