"""Which rule holds: one sentence, said another way here, and held against the code."""

from hypothesis import given
from hypothesis import strategies as st

from wisp_framework.policy.rules import EVERYTHING, MODULE_PREFIX, Address, Rule, Subject, Use, decide

GUILD, CHANNEL, THREAD, ROLE, OTHER_ROLE, USER = 1, 2, 3, 4, 5, 6
USE = Use("mod ban", "moderation", USER, (ROLE, OTHER_ROLE), (THREAD, CHANNEL), GUILD)
TARGETS = ("mod ban", "mod", MODULE_PREFIX + "moderation", EVERYTHING)
SUBJECTS = (
    (Subject.USER, (USER,)),
    (Subject.ROLE, (ROLE, OTHER_ROLE)),
    (Subject.CHANNEL, (THREAD,)),
    (Subject.CHANNEL, (CHANNEL,)),
    (Subject.GUILD, (GUILD,)),
)
ADDRESSES = [
    (target, subject, subject_id) for subject, ids in SUBJECTS for target in TARGETS for subject_id in ids
]
OTHERS = [("mod kick", Subject.USER, USER), ("mo", Subject.GUILD, GUILD), ("mod ban", Subject.USER, 99)]


@given(st.dictionaries(st.sampled_from([*ADDRESSES, *OTHERS]), st.booleans()))
def test_the_narrowest_subject_then_the_narrowest_target_decides(rules: dict[Address, bool]) -> None:
    """Going from the narrowest to the broadest, the first place with a rule decides; no beats yes there."""
    places = [
        [(target, subject, subject_id) for subject_id in ids]
        for subject, ids in SUBJECTS
        for target in TARGETS
    ]
    speaking = [[rules[address] for address in place if address in rules] for place in places]
    first = next((said for said in speaking if said), None)

    found = decide(rules, USE)

    assert (found.allowed if found is not None else None) == (all(first) if first is not None else None)


def test_the_rule_that_decided_is_named() -> None:
    """Of two roles that disagree the one that says no is what a member is pointed to."""
    rules = {("mod", Subject.ROLE, ROLE): True, ("mod", Subject.ROLE, OTHER_ROLE): False}

    assert decide(rules, USE) == Rule("mod", Subject.ROLE, OTHER_ROLE, allowed=False)
    assert str(decide(rules, USE)) == f"deny mod for role {OTHER_ROLE}"


def test_what_is_no_command_is_reached_by_its_module() -> None:
    """A button whose id looks like a command's name is not meant by a rule about that command."""
    button = Use(None, "moderation", USER, (), (CHANNEL,), GUILD)

    assert decide({("mod ban", Subject.USER, USER): False}, button) is None
    rule = decide({("module:moderation", Subject.USER, USER): False}, button)
    assert rule is not None
    assert not rule.allowed
