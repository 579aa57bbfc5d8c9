"""The door for operators, over HTTP: who may ask, and what is answered when something is away."""

import asyncio
import socket
from contextlib import closing

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typing_extensions import override

from ops.conftest import OPS_TOKEN, Operator
from support.clock import FakeClock
from support.offline import WORLD, offline, offline_config
from support.tea import TeaModule
from wisp_framework import BaseService, WispApp, create_app
from wisp_framework.exceptions import ConfigError
from wisp_framework.ops.report import Report
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.metric_names import METRICS
from wisp_sim import Sim, World


class BoilerService(BaseService):
    """A part that is as it is told to be."""

    health = Health(HealthState.OK)
    asked = 0

    @override
    async def check_health(self) -> Health:
        self.asked += 1
        return self.health


class StuckService(BaseService):
    """A part that never says how it is."""

    @override
    async def check_health(self) -> Health:
        await asyncio.Event().wait()
        return Health(HealthState.OK)


async def test_a_bot_that_is_well(operator: Operator) -> None:
    """It is alive, ready, and tells of each service and shard."""
    async with offline(ops_port=0) as here:
        assert await operator.get(here.app, "/livez") == (200, "alive\n")
        assert await operator.get(here.app, "/readyz") == (200, "ready, ok\n")
        status, body = await operator.get(here.app, "/healthz")

    report = msgspec.json.decode(body, type=Report)
    assert (status, report.state, report.ready) == (200, HealthState.OK, True)
    assert report.services["cache"].state is HealthState.OK
    assert [(shard.id, shard.connected, shard.guilds) for shard in report.shards] == [(0, True, 2)]


async def test_degraded_is_not_dead(operator: Operator) -> None:
    """With a part that is not well the bot is ready all the same, and says what it is."""
    async with offline(services=[BoilerService], ops_port=0) as here:
        here.app.services.get(BoilerService).health = Health(HealthState.DEGRADED, "lukewarm")

        assert await operator.get(here.app, "/readyz") == (200, "ready, degraded\n")
        status, body = await operator.get(here.app, "/healthz")

    assert status == 200
    assert msgspec.json.decode(body)["services"]["boiler"] == {"state": "degraded", "detail": "lukewarm"}


async def test_a_required_part_that_is_down(operator: Operator) -> None:
    """Then the bot is not ready, and names the part; it is alive all the same, and heals by itself."""
    async with offline(services=[BoilerService], ops_port=0) as here:
        boiler = here.app.services.get(BoilerService)
        boiler.health = Health(HealthState.DOWN, "10.0.0.7 is cold")

        assert await operator.get(here.app, "/livez") == (200, "alive\n")
        assert await operator.get(here.app, "/readyz") == (503, "not ready: boiler\n")
        assert (await operator.get(here.app, "/healthz"))[0] == 503
        boiler.health = Health(HealthState.OK)
        assert await operator.get(here.app, "/readyz") == (200, "ready, ok\n")


async def test_a_part_that_hangs(operator: Operator) -> None:
    """A probe that never answers is down after its time limit; and liveness is answered meanwhile."""
    clock = FakeClock()
    async with offline(services=[StuckService], ops_port=0, clock=clock) as here:
        asking = asyncio.create_task(operator.get(here.app, "/readyz"))
        while not asking.done():
            assert await operator.get(here.app, "/livez") == (200, "alive\n")
            await clock.advance(1.0)

    assert asking.result() == (503, "not ready: stuck\n")


async def test_many_askers_ask_once(operator: Operator) -> None:
    """Who asks at the same time shares one look at the parts; who asks later has a new one."""
    async with offline(services=[BoilerService], ops_port=0) as here:
        boiler = here.app.services.get(BoilerService)
        await asyncio.gather(*(operator.get(here.app, "/healthz") for _ in range(20)))
        together = boiler.asked
        await operator.get(here.app, "/healthz")

    assert together < 20
    assert boiler.asked == together + 1


async def test_a_bot_that_is_not_connected(operator: Operator) -> None:
    """While Discord is away the bot is alive and not ready, and the shard says so."""
    async with offline(ops_port=0) as here:
        await here.app.bot.close()

        assert await operator.get(here.app, "/livez") == (200, "alive\n")
        assert await operator.get(here.app, "/readyz") == (503, "not ready: gateway\n")
        _, body = await operator.get(here.app, "/healthz")

    assert msgspec.json.decode(body)["services"]["gateway"]["detail"] == "not connected to Discord"


async def test_answers_from_before_the_first_service_to_after_the_last(operator: Operator) -> None:
    """While services start and stop the bot is alive and not ready."""
    seen: list[tuple[int, str]] = []

    class WatchedService(BaseService):
        """Asks at its own start and stop."""

        @override
        async def startup(self) -> None:
            seen.extend([await self.ask("/livez"), await self.ask("/readyz")])

        @override
        async def shutdown(self) -> None:
            seen.extend([await self.ask("/livez"), await self.ask("/readyz")])

        async def ask(self, path: str) -> tuple[int, str]:
            status, body = await operator.get(apps[0], path)
            return status, body.partition(":")[0].strip()

    apps: list[WispApp] = []
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim, ops_port=0), services=[WatchedService])
        apps.append(app)
        await app.start()
        port = app.ops.port
        await app.close()

    assert seen == [(200, "alive"), (503, "not ready")] * 2
    assert port is not None
    with pytest.raises(ConnectionRefusedError), closing(socket.create_connection(("127.0.0.1", port), 1)):
        pass


async def test_is_off_unless_a_port_is_given() -> None:
    """Without OPS_PORT nothing listens."""
    async with offline() as here:
        assert here.app.ops.port is None


async def test_who_calls_the_bot_by_another_name_is_refused(operator: Operator) -> None:
    """A web page that lets its own name point to loopback reads nothing: its requests bear that name."""
    async with offline(ops_port=0) as here:
        refused = await operator.get(here.app, "/metrics", Host="evil.example")
        known = await operator.get(here.app, "/livez", Host="localhost:1234")

    assert refused == (421, "Ask for localhost or 127.0.0.1: this bot has no other name.\n")
    assert known[0] == 200


async def test_with_a_token(operator: Operator) -> None:
    """Everything but liveness is told to those alone who have the token."""
    async with offline(ops_port=0, ops_token=OPS_TOKEN) as here:
        for path in ("/readyz", "/healthz", "/metrics", "/nothing"):
            for wrong in ({}, {"Authorization": "Bearer guess"}, {"Authorization": f"Basic {OPS_TOKEN}"}):
                status, body = await operator.get(here.app, path, **wrong)
                assert (status, body) == (401, "Send the bot's OPS_TOKEN: Authorization: Bearer TOKEN\n")
        assert (await operator.get(here.app, "/livez"))[0] == 200
        assert (await operator.get(here.app, "/metrics", Authorization=f"Bearer {OPS_TOKEN}"))[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "bot.example"])  # noqa: S104 - refused
async def test_a_door_to_the_world_needs_a_token(host: str) -> None:
    """An address that others can reach is refused without a token, before anything listens."""
    async with Sim(World.from_mapping(WORLD)) as sim:
        app = create_app(offline_config(sim, ops_port=0, ops_host=host))

        with pytest.raises(ConfigError, match=f"OPS_HOST is '{host}'.*OPS_TOKEN is missing"):
            await app.start()

    assert app.ops.port is None


async def test_a_door_to_the_world_with_a_token(operator: Operator) -> None:
    """With a token it opens, whatever name it is called by."""
    async with offline(ops_port=0, ops_host="0.0.0.0", ops_token=OPS_TOKEN) as here:  # noqa: S104 - for a moment
        bearer = {"Authorization": f"Bearer {OPS_TOKEN}", "Host": "wisp-bot:9091"}
        assert (await operator.get(here.app, "/readyz", **bearer))[0] == 200
        assert (await operator.get(here.app, "/readyz", Host="wisp-bot:9091"))[0] == 401


async def test_a_port_that_is_taken() -> None:
    """The start is refused by a sentence that names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with Sim(World.from_mapping(WORLD)) as sim:
            with pytest.raises(ConfigError, match=f"OPS_PORT is {port}: .*is taken by another program"):
                await create_app(offline_config(sim, ops_port=port)).start()


async def test_only_tells(operator: Operator) -> None:
    """Nothing can be changed through the door, and nothing else is behind it."""
    async with offline(ops_port=0) as here:
        assert (await operator.get(here.app, "/"))[0] == 404
        reader, writer = await asyncio.open_connection("127.0.0.1", here.app.ops.port)
        writer.write(b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        answered = await reader.readline()
        writer.close()

    assert answered.startswith(b"HTTP/1.1 405")


async def test_metrics_as_prometheus_reads_them(operator: Operator) -> None:
    """What was used shows under the listed names, with labels and help, and no id of a guild or member."""
    async with offline(TeaModule(), ops_port=0) as here:
        ada = await here.person("Ada")
        await ada.slash("brew")
        await ada.click("Pour")
        status, text = await operator.get(here.app, "/metrics")
        ids = {str(here.guild_id("Lab")), str(here.guild_id("Tower")), str(here.sim.user("Ada").id)}

    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {(one.name, tuple(one.labels.items())): one.value for one in families["wisp_commands"].samples}
    brewed = (("kind", "command"), ("module", "tea"), ("name", "brew"), ("outcome", "ran"))
    assert samples["wisp_commands_total", brewed] == 1
    assert families["wisp_command_seconds"].type == "histogram"
    assert families["wisp_guilds"].samples[0].value == 2
    assert families["process_resident_memory_bytes"].samples[0].value > 1_000_000
    listed = {metric.family.removesuffix("_total"): metric for metric in METRICS}
    for name, family in families.items():
        if name.startswith("wisp_"):
            assert family.documentation == listed[name].help
            names = {label for one in family.samples for label in one.labels} - {"le"}
            assert names <= set(listed[name].labels), name
    assert not any(one in text for one in ids)
