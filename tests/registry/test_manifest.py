"""What a module says of itself is checked: one that says what cannot be stays out, and the others run."""

from collections.abc import Mapping

import pytest

from support.offline import offline
from wisp_framework import Module
from wisp_framework.exceptions import ModuleError
from wisp_framework.registry.manifest import Manifest, manifest_of

LIES: Mapping[str, tuple[dict[str, object], str]] = {
    "version": ({"version": "newest"}, "version: 'newest' is no version"),
    "version of a number": ({"version": 1.5}, "version is no text"),
    "wisp": ({"needs_wisp": ">=99"}, "needs Wisp >=99, and this is"),
    "wisp form": ({"needs_wisp": "99"}, "'99' is no demand on a version"),
    "one text": ({"depends_on": "ping"}, "Write a tuple of texts"),
    "missing": ({"depends_on": ("nothing",)}, "which is not registered"),
    "too old": ({"depends_on": {"old": ">=2"}}, "needs 'old' >=2, which is 1.4"),
    "without version": ({"depends_on": {"ping": ">=1"}}, "needs 'ping' >=1, which says no version"),
    "demand": ({"depends_on": {"ping": "new"}}, "'new' is no demand on a version"),
    "demand of a number": ({"depends_on": {"ping": 1}}, "Write texts"),
    "intent": ({"intents": ("mesages",)}, "there is no 'mesages'"),
    "intents": ({"intents": 3}, "intents is 3"),
    "permission": ({"bot_permissions": ("ban",)}, "there is no 'ban'"),
    "stored": ({"stored_per_user": (1,)}, "Write texts"),
}


def saying(name: str, said: Mapping[str, object]) -> Module:
    """A module that says this of itself."""
    module: Module = type("Saying", (Module,), {"name": name, **said})()
    return module


@pytest.mark.parametrize("lie", LIES)
async def test_a_lying_manifest_keeps_its_module_out(lie: str) -> None:
    """The lie is named in a sentence, nothing of the module is set up, and the rest of the bot runs."""
    said, reason = LIES[lie]
    async with offline(saying("old", {"version": "1.4"}), saying("liar", said)) as here:
        modules = here.app.modules
        assert reason in modules.failures["liar"].reason
        assert not modules.is_loaded("liar")
        assert modules.is_loaded("old")
        ada = await here.person("Ada")
        assert (await ada.slash("ping")).text.startswith("Pong!")


async def test_dependencies_of_fitting_versions_load() -> None:
    """A module that needs a version which is there is loaded, and its manifest tells all that it said."""
    needy = saying(
        "needy", {"depends_on": {"old": ">=1,<2", "ping": ""}, "bot_permissions": ("kick_members",)}
    )
    async with offline(saying("old", {"version": "1.4"}), needy) as here:
        assert here.app.modules.is_loaded("needy")
        assert here.app.modules.manifests.get("needy").depends_on == {"old": ">=1,<2", "ping": ""}


def test_a_manifest_tells_what_is_lost() -> None:
    """The author's words say what is lost without an intent; of privileged ones Wisp knows some itself."""
    said = {"intents": {"members": "nobody is greeted", "presences": ""}, "stored_per_guild": ["a channel"]}

    manifest = manifest_of(saying("greeter", said))

    assert manifest.intents["members"] == "nobody is greeted"
    assert "who is online" in manifest.intents["presences"]
    assert manifest.stored_per_guild == ("a channel",)


def test_a_module_that_says_nothing_is_fine() -> None:
    """Nothing of a manifest is required."""
    assert manifest_of(saying("plain", {})) == Manifest()


def test_wisp_of_a_fitting_version_is_taken() -> None:
    """A module that works with this Wisp says so without harm, and one for later versions is refused."""
    manifest_of(saying("fits", {"needs_wisp": ">=0.0.1"}))
    with pytest.raises(ModuleError, match="needs Wisp <0"):
        manifest_of(saying("past", {"needs_wisp": "<0.0.1"}))
