"""Reactions and votes under a message, counted on from one view of it to the next as clients do.

Source: https://docs.discord.com/developers/events/gateway-events#message-reaction-add
"""

from wisp_sim.people.payload import Payload, number, part, parts, text


def count_reaction(raw: dict[str, object], emoji: Payload, step: int) -> None:
    """One more reaction with an emoji, or for -1 one less; who reacts first makes it appear."""
    kept = [dict(item) for item in parts(raw, "reactions")]
    found = next((item for item in kept if _key(part(item, "emoji")) == _key(emoji)), None)
    if found is None:
        found = {"emoji": emoji, "count": 0}
        kept.append(found)
    found["count"] = number(found, "count") + step
    raw["reactions"] = [item for item in kept if number(item, "count") > 0]


def clear_reactions(raw: dict[str, object], emoji: Payload | None) -> None:
    """No reactions any more, or for an emoji none with it."""
    left = [] if emoji is None else parts(raw, "reactions")
    raw["reactions"] = [item for item in left if _key(part(item, "emoji")) != _key(emoji or {})]


def count_vote(raw: dict[str, object], answer_id: int, step: int) -> None:
    """One more vote for an answer of the message's poll, or for -1 one less."""
    poll = part(raw, "poll")
    results = part(poll, "results")
    counts = {number(item, "id"): number(item, "count") for item in parts(results, "answer_counts")}
    counts[answer_id] = counts.get(answer_id, 0) + step
    told = [{"id": key, "count": count} for key, count in counts.items() if count > 0]
    raw["poll"] = {**poll, "results": {**results, "answer_counts": told}}


def _key(emoji: Payload) -> str:
    """Custom emojis of the same name differ in their ids; the others have only a name."""
    return text(emoji, "id") or text(emoji, "name")
