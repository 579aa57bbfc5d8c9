"""What is counted and timed of every command, over the wire."""

from support.offline import offline
from support.tea import TeaModule
from wisp_framework.services import MetricsService


async def test_counts_commands_by_module_name_and_outcome() -> None:
    """A command counts under its kind, module, name and outcome, and its duration without the outcome."""
    async with offline(TeaModule()) as here:
        ada = await here.person("Ada")
        for name in ("brew", "brew", "spill"):
            await ada.slash(name)
        metrics = here.app.services.get(MetricsService).get_metrics()

    counted = {name: value for name, value in metrics.counters.items() if 'module="tea"' in name}
    assert counted == {
        'commands{kind="command",module="tea",name="brew",outcome="ran"}': 2,
        'commands{kind="command",module="tea",name="spill",outcome="failed"}': 1,
    }
    assert metrics.timings['command{kind="command",module="tea",name="brew"}'].count == 2
    assert metrics.timings["gateway.lag"].count == 3


async def test_refusals_count_by_gate() -> None:
    """What a gate refuses is counted under the gate, and as an outcome of the command."""
    async with offline(TeaModule()) as here:
        mallory = await here.person("Mallory")
        await here.switch("tea", enabled=False)
        await mallory.slash("brew")
        counters = here.app.services.get(MetricsService).get_metrics().counters

    assert counters['commands.refused{gate="module"}'] == 1
    assert counters['commands{kind="command",module="tea",name="brew",outcome="refused"}'] == 1


async def test_ids_of_components_are_no_labels() -> None:
    """However many buttons are made up, one series counts their use."""
    async with offline(TeaModule()) as here:
        ada = await here.person("Ada")
        for _ in range(3):
            await ada.slash("brew")
            await ada.click("Pour")
        counters = here.app.services.get(MetricsService).get_metrics().counters

    assert counters['commands{kind="component",module="tea",name="",outcome="ran"}'] == 3


async def test_events_count_by_name() -> None:
    """Each event of the gateway counts under its name."""
    async with offline() as here:
        before = here.app.bot.state.events["MESSAGE_CREATE"]
        await (await here.person("Ada")).say("Hello")
        await here.settle()

        assert here.app.bot.state.events["MESSAGE_CREATE"] == before + 1
