"""A guild's settings are changed over the wire, and its members hear of it."""

from support.raw_user import RawUser
from wisp_sim import Sim

LAB = "Lovelace's Lab"


async def test_changes_a_guild(sim: Sim, ada: RawUser, mallory: RawUser, general: int) -> None:
    """What is set is read back, shown in the preview and told; a wrong field changes nothing."""
    path = f"/guilds/{sim.guild(LAB).id}"
    community = {"features": ["COMMUNITY"], "rules_channel_id": general, "public_updates_channel_id": general}
    await ada.ok("PATCH", path, json={"name": "Engines", "description": "d", **community})

    read = await ada.ok("GET", path, params={"with_counts": "true"})
    assert (read["name"], read["rules_channel_id"]) == ("Engines", str(general))
    assert read["approximate_member_count"] > 1
    assert (await ada.ok("GET", f"{path}/preview"))["description"] == "d"
    await sim.settle()
    assert [event["name"] for event in mallory.told("GUILD_UPDATE")] == ["Engines"]
    assert (await ada.call("DELETE", f"/channels/{general}"))[1]["code"] == 50074

    status, answer = await ada.call("PATCH", path, json={"name": "x", "afk_timeout": 1})
    assert (status, answer["code"], set(answer["errors"])) == (400, 50035, {"name", "afk_timeout"})
    status, answer = await mallory.call("PATCH", path, json={"name": "Mine"})
    assert (status, answer["code"]) == (403, 50013)
    assert (await ada.ok("GET", path))["name"] == "Engines"
    assert (await ada.call("GET", "/guilds/1/preview"))[1]["code"] == 10004
