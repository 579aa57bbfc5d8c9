"""The permission rules agree with a naive second telling of Discord's own, over generated histories."""

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import wisp_sim.rules.permissions
import wisp_sim.state.store
from wisp_sim import ManualClock
from wisp_sim.model.account import User
from wisp_sim.model.guild import Channel, Guild, Overwrite, Role, ThreadState
from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.permission import Permission
from wisp_sim.model.snowflake import Snowflakes
from wisp_sim.state.members import change_member, join, set_roles
from wisp_sim.state.roles import change_role, move_roles
from wisp_sim.state.store import Store

HISTORIES = 10_000 if os.environ.get("WISP_SOAK") else 1_000
GUILD, MEMBERS, ROLES = 100, (1, 2, 3), (100, 101, 102, 103)
CHANNELS = {201: ChannelType.TEXT, 202: ChannelType.VOICE}
CATEGORY, PUBLIC, PRIVATE, INSIDE = 203, 301, 302, 2
PLACES = (*CHANNELS, PUBLIC, PRIVATE)
PAIRS = tuple((one, two) for one in MEMBERS for two in MEMBERS if one != two)
# Bits by Discord's numbers, written out a second time on purpose.
ADMINISTRATOR, MANAGE_CHANNELS, VIEW, SEND, TTS, EMBED = 3, 4, 10, 11, 12, 14
ATTACH, HISTORY, EVERYONE, CONNECT, SPEAK, KICK = 15, 16, 17, 20, 21, 1
MANAGE_THREADS, SEND_IN_THREADS = 34, 38
BITS = (
    ADMINISTRATOR, MANAGE_CHANNELS, VIEW, SEND, TTS, EMBED, ATTACH, HISTORY, EVERYONE, CONNECT, SPEAK, KICK,
    MANAGE_THREADS, SEND_IN_THREADS,
)  # fmt: skip
# Everybody starts with a little, so that most histories say something.
PRELUDE = (
    ("role", GUILD, frozenset((VIEW, SEND, CONNECT, SEND_IN_THREADS))),
    ("roles", 2, {101, 102}),
    ("roles", 3, {102, 103}),
)

bits = st.frozensets(st.sampled_from(BITS), max_size=6)
rarely_mighty = st.frozensets(st.sampled_from((*BITS[1:] * 3, ADMINISTRATOR)), max_size=6)
member = st.sampled_from(MEMBERS)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("role"), st.sampled_from(ROLES), rarely_mighty),
        st.tuples(
            st.just("overwrite"),
            st.sampled_from((*CHANNELS, CATEGORY)),
            st.sampled_from(ROLES + MEMBERS),
            bits,
            bits,
        ),
        st.tuples(st.just("roles"), member, st.sets(st.sampled_from(ROLES[1:]))),
        st.tuples(st.just("timeout"), member, st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(0, 4)),
        st.tuples(st.just("move"), st.sampled_from(tuple(CHANNELS)), st.booleans()),
        st.tuples(st.just("owner"), member),
        st.tuples(st.just("order"), st.sampled_from(ROLES[1:]), st.sampled_from(ROLES[1:])),
    ),
    min_size=1,
    max_size=14,
)


def mask(chosen: frozenset[int]) -> Permission:
    """The permission with these bits."""
    return Permission(sum(1 << bit for bit in chosen))


@dataclass
class Naive:
    """What everybody may do, bit by bit, with no masks and no order tricks."""

    owner: int = 1
    now: int = 0
    granted: dict[int, frozenset[int]] = field(default_factory=lambda: dict.fromkeys(ROLES, frozenset()))
    held: dict[int, set[int]] = field(default_factory=lambda: {one: set() for one in MEMBERS})
    until: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MEMBERS, 0))
    said: dict[tuple[int, int], tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)
    height: dict[int, int] = field(default_factory=lambda: {role: role - GUILD for role in ROLES})

    def almighty(self, who: int) -> bool:
        """The owner, and whoever has a role with administrator."""
        return who == self.owner or any(
            ADMINISTRATOR in self.granted[role] for role in {GUILD, *self.held[who]}
        )

    def _plain(self, who: int, where: int, bit: int) -> bool:
        answer = any(bit in self.granted[role] for role in {GUILD, *self.held[who]})
        for layer in ([GUILD], sorted(self.held[who]), [who]):
            words = [self.said[where, one] for one in layer if (where, one) in self.said]
            if any(bit in allow for allow, _ in words):
                answer = True
            elif any(bit in deny for _, deny in words):
                answer = False
        return answer

    def may(self, who: int, where: int, bit: int) -> bool:
        """Whether this member may do this in this channel."""
        if self.almighty(who):
            return True
        place = 201 if where in (PUBLIC, PRIVATE) else where
        if not self._plain(who, place, VIEW) or not self._let_in(who, where):
            return False
        send = SEND if place == where else SEND_IN_THREADS
        if bit in (SEND, TTS, EMBED, ATTACH, EVERYONE) and not self._plain(who, place, send):
            return False
        if where == 202 and bit in (SPEAK, MANAGE_CHANNELS) and not self._plain(who, where, CONNECT):
            return False
        if self.until[who] > self.now and bit not in (VIEW, HISTORY):
            return False
        return self._plain(who, place, send if bit == SEND else bit)

    def above(self, who: int, whom: int) -> bool:
        """Whether this member may act on that one, or on that role."""
        if whom == self.owner or who == self.owner:
            return who == self.owner and whom != self.owner
        highest = self._highest(who)
        return highest > (self.height[whom] if whom in ROLES else self._highest(whom))

    def _highest(self, who: int) -> int:
        return max([0, *(self.height[role] for role in self.held[who])])

    def _let_in(self, who: int, where: int) -> bool:
        if where != PRIVATE or who == INSIDE:
            return True
        return self.until[who] <= self.now and self._plain(who, 201, MANAGE_THREADS)


class Real:
    """The state of the offline Discord, with the same people, roles and channels."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = Store(self.clock, Snowflakes(self.clock.now))
        self.guild = Guild(GUILD, "Lab", 1)
        self.store.guilds[GUILD] = self.guild
        for place, role_id in enumerate(ROLES):
            self.guild.roles[role_id] = Role(role_id, "role", Permission(0), place)
        for user_id in MEMBERS:
            self.store.add_user(User(user_id, "user", str(user_id)))
            join(self.store, self.guild, user_id)
        for channel_id, kind in CHANNELS.items():
            self.store.add_channel(Channel(channel_id, kind, "channel", GUILD))
        self.store.add_channel(Channel(CATEGORY, ChannelType.CATEGORY, "category", GUILD))
        now = self.clock.now()
        for thread_id, kind in ((PUBLIC, ChannelType.PUBLIC_THREAD), (PRIVATE, ChannelType.PRIVATE_THREAD)):
            state = ThreadState(INSIDE, now, now, now, members={INSIDE: now})
            self.store.add_channel(Channel(thread_id, kind, "thread", GUILD, parent_id=201, thread=state))

    def answers(self) -> dict[tuple[int, int, int], bool]:
        """Who may do what where."""
        allowed = {
            (who, where): int(self.store.permissions_in(self.store.channels[where], who))
            for who in MEMBERS
            for where in PLACES
        }
        return {(*place, bit): bool(found >> bit & 1) for place, found in allowed.items() for bit in BITS}

    def order(self) -> dict[tuple[int, int], bool]:
        """Who may act on whom, and on which roles."""
        guild, rules = self.guild, wisp_sim.rules.permissions
        members = guild.members
        over = {(one, two): rules.outranks(guild, members[one], members[two]) for one, two in PAIRS}
        above = {
            (one, role): rules.commands_role(guild, members[one], guild.roles[role])
            for one in MEMBERS
            for role in ROLES
        }
        return over | above


def play(real: Real, naive: Naive, act: tuple[Any, ...]) -> None:
    """Do the same on both sides."""
    store, guild = real.store, real.guild
    match act:
        case ("role", role_id, chosen):
            naive.granted[role_id] = chosen
            change_role(store, guild, replace(guild.roles[role_id], permissions=mask(chosen)), 1, None)
        case ("overwrite", where, whom, allow, deny):
            naive.said[where, whom] = (allow, deny - allow)
            overwrite = Overwrite(whom, whom in MEMBERS, mask(allow), mask(deny - allow))
            store.channels[where].overwrites[whom] = overwrite
        case ("roles", who, chosen):
            naive.held[who] = set(chosen)
            set_roles(store, guild, guild.members[who], sorted(chosen), 1, None)
        case ("timeout", who, minutes):
            naive.until[who] = naive.now + minutes
            until = real.clock.now() + timedelta(minutes=minutes)
            change_member(store, guild, replace(guild.members[who], timed_out_until=until), 1, None)
        case ("wait", minutes):
            naive.now += minutes
            real.clock.advance(minutes * 60)
        case ("move", where, inside):
            store.channels[where].parent_id = CATEGORY if inside else None
        case ("order", first, second):
            heights = naive.height
            heights[first], heights[second] = heights[second], heights[first]
            move_roles(store, guild, {role: heights[role] for role in (first, second)}, 1, None)
        case ("owner", who):
            naive.owner = guild.owner_id = who


def compare(history: list[tuple[Any, ...]]) -> None:
    """Play a history on both sides; they answer alike after it."""
    real, naive = Real(), Naive()
    for act in (*PRELUDE, *history):
        play(real, naive, act)
    answers, order = real.answers(), real.order()
    assert answers == {key: naive.may(*key) for key in answers}
    assert order == {key: naive.above(*key) for key in order}


@settings(max_examples=HISTORIES)
@given(history=acts)
def test_rules_agree_with_the_naive_ones(history: list[tuple[Any, ...]]) -> None:
    """After any history every member may do in every channel exactly what Discord's words say."""
    compare(history)


def planted(wrong: tuple[str, str]) -> dict[str, Any]:
    """The rules, by name, with one of them told wrongly."""
    source = Path(wisp_sim.rules.permissions.__file__).read_text(encoding="utf-8")
    assert wrong[0] in source, wrong
    module: dict[str, Any] = {}
    exec(source.replace(*wrong), module)  # noqa: S102 - our own source, with one rule changed
    return module


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("total = (total & ~deny) | allow", "total = (total | allow) & ~deny"), id="denies-win"),
        pytest.param(("member.timed_out_until > now", "False"), id="no-timeouts"),
        pytest.param(("(total & ~everyone.deny) | everyone.allow", "total"), id="everyone-not-overwritten"),
        pytest.param(("(total & ~own.deny) | own.allow", "total"), id="member-not-overwritten"),
        pytest.param(("member.user_id == guild.owner_id", "False"), id="owner-like-others"),
        pytest.param(("total & Permission.ADMINISTRATOR", "False"), id="administrator-like-others"),
        pytest.param(("        total &= ~_WRITING", "        pass"), id="writing-not-implied"),
        pytest.param(
            ("hidden and not total & Permission.MANAGE_THREADS", "False"), id="open-private-threads"
        ),
        pytest.param(("        total |= Permission.SEND_MESSAGES\n", "        pass\n"), id="mute-threads"),
        pytest.param(("        total &= ~_SPEAKING", "        pass"), id="speaking-not-implied"),
        pytest.param(("if target.user_id == guild.owner_id", "if False"), id="owner-below-others"),
        pytest.param(("(guild, target) < top", "(guild, target) <= top"), id="equals-act-on-equals"),
        pytest.param(("role.position < top", "role.position <= top"), id="own-role-below-oneself"),
        pytest.param(("owner_id or role.position", "id or role.position"), id="owner-below-roles"),
    ],
)
def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, str]) -> None:
    """A rule that was changed makes the two disagree, so their agreement says something."""
    rules = planted(wrong)
    monkeypatch.setattr(wisp_sim.state.store, "channel_permissions", rules["channel_permissions"])
    for name in ("outranks", "commands_role"):
        monkeypatch.setattr(wisp_sim.rules.permissions, name, rules[name])
    quick = settings(max_examples=1_000, derandomize=True, database=None, phases=[Phase.generate])

    with pytest.raises(AssertionError):
        quick(given(history=acts)(compare))()
