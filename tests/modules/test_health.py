"""``/health`` over the wire: what a member reads, and in which dress."""

import pytest
from typing_extensions import override

from support.log_lines import TOKEN
from support.offline import offline
from wisp_framework import AppConfig, BaseService
from wisp_framework.modules.health import report, report_embed
from wisp_framework.services.base import Health, HealthState
from wisp_framework.ui import EmbedKind


class KettleService(BaseService):
    """A part that works, but not well."""

    @override
    async def check_health(self) -> Health:
        return Health(HealthState.DEGRADED, "10.0.0.7 is slow")


async def test_a_member_sees_how_each_part_is() -> None:
    """Only the member who asked sees each part with its state, under the bot's name and above its footer."""
    async with offline(services=[KettleService], app_name="Tea Bot", app_footer_text="Served hot") as here:
        seen = await (await here.person("Mallory")).slash("health")

    assert seen.message is not None
    assert seen.message.ephemeral
    (embed,) = seen.message.embeds
    assert (embed.author, embed.title, embed.footer) == ("Tea Bot", "Health", "Served hot")
    assert "🟡 kettle: degraded" in embed.description.splitlines()
    assert "🟢 cache: ok" in embed.description.splitlines()


async def test_details_stay_with_the_operator() -> None:
    """What a part says of itself beyond its state, an address for example, no member sees."""
    async with offline(services=[KettleService]) as here:
        seen = await (await here.person("Mallory")).slash("health")

    assert "kettle" in seen.text
    assert "10.0.0.7" not in str(seen)


async def test_is_asked_anew_each_time() -> None:
    """A part that recovers is seen to be well by the next who asks."""

    class MendingService(KettleService):
        """Is well from the second time on."""

        asked = 0

        @override
        async def check_health(self) -> Health:
            self.asked += 1
            return Health(HealthState.DEGRADED if self.asked == 1 else HealthState.OK)

    async with offline(services=[MendingService]) as here:
        ada = await here.person("Ada")
        answers = [await ada.slash("health") for _ in range(2)]

    assert "🟡 mending: degraded" in answers[0].text
    assert "🟢 mending: ok" in answers[1].text


def test_a_report_has_a_line_for_each_part() -> None:
    """The report names each part and its state in the order given."""
    answers = {"db": Health(HealthState.DOWN), "cache": Health(HealthState.OK)}

    assert report(answers) == "🔴 db: down\n🟢 cache: ok"


@pytest.mark.parametrize(
    ("states", "kind"),
    [
        ([], EmbedKind.SUCCESS),
        ([HealthState.OK], EmbedKind.SUCCESS),
        ([HealthState.OK, HealthState.DEGRADED], EmbedKind.WARNING),
        ([HealthState.DOWN, HealthState.DEGRADED, HealthState.OK], EmbedKind.ERROR),
    ],
)
def test_the_worst_part_gives_the_colour(states: list[HealthState], kind: EmbedKind) -> None:
    """One part that is down makes the report red, one that is degraded yellow."""
    embed = report_embed(AppConfig(discord_token=TOKEN), {state.name: Health(state) for state in states})

    assert embed.colour is not None
    assert embed.colour.value == kind.value
