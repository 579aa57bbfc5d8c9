"""The order of loading, and why modules stay out."""

from wisp_framework.exceptions import ModuleError
from wisp_framework.module import Module
from wisp_framework.registry.order import plan


def module(*needs: str) -> Module:
    made = Module()
    made.depends_on = needs
    return made


def test_what_is_needed_comes_first() -> None:
    """A module loads behind everything it depends on, otherwise in order of registration."""
    planned = plan({"c": module("b"), "z": module(), "b": module("a"), "a": module()}, {})

    assert planned.order == ("a", "b", "c", "z")
    assert planned.problems == {}


def test_a_circle_is_drawn_for_each_of_its_members() -> None:
    """Modules that need each other stay out, each with the circle and the remedy; the others load."""
    planned = plan({"a": module("b"), "b": module("c"), "c": module("a"), "free": module()}, {})

    assert planned.order == ("free",)
    assert set(planned.problems) == {"a", "b", "c"}
    assert "a -> b -> c -> a" in planned.problems["c"].reason
    assert "depends_on" in planned.problems["a"].reason


def test_who_needs_a_circle_stays_out_too() -> None:
    """A module that depends on a member of a circle names that member."""
    planned = plan({"user": module("a"), "a": module("b"), "b": module("a")}, {})

    assert planned.order == ()
    assert "'a'" in planned.problems["user"].reason


def test_a_gap_is_named() -> None:
    """A dependency that nobody registered is named with the remedy, down the whole chain."""
    planned = plan({"a": module("b"), "b": module("nowhere")}, {})

    assert "'nowhere', which is not registered" in planned.problems["b"].reason
    assert "'b', which cannot be loaded" in planned.problems["a"].reason


def test_a_module_with_a_problem_of_its_own_keeps_its_dependants_out() -> None:
    """Who needs a module that cannot load stays out with its reason."""
    planned = plan({"a": module("b"), "b": module()}, {"b": ModuleError("b", "needs the service X")})

    assert planned.order == ()
    assert "needs the service X" in planned.problems["a"].reason
