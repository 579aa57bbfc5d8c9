"""AppConfig: what its constructor takes, refuses and never shows."""

import pickle
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import ConfigError

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.canary-canary-canary-canary-canary"
CANARY = "canary-7f3a91"


def config(**settings: object) -> AppConfig:
    """A configuration with a token."""
    return AppConfig.model_validate({"discord_token": TOKEN, **settings})


def problems(**settings: object) -> tuple[str, ...]:
    """What the constructor finds wrong."""
    with pytest.raises(ConfigError) as refused:
        config(**settings)
    return refused.value.problems


def problem(**settings: object) -> str:
    """The one thing that the constructor finds wrong."""
    (only,) = problems(**settings)
    return only


def test_reads_nothing_but_its_arguments(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor a .env file changes what the constructor makes."""
    monkeypatch.setenv("APP_NAME", "outside")
    monkeypatch.setenv("app_name", "outside")
    (folder / ".env").write_text("APP_NAME=file\n")

    assert AppConfig(discord_token=TOKEN).app_name == "Wisp Bot"


def test_cannot_be_changed() -> None:
    """Settings are read once: a field cannot be assigned, nor can one of the intents."""
    made = config()

    with pytest.raises(ValidationError):
        made.app_name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        made.intents.members = True  # type: ignore[misc]


def test_shows_no_secret() -> None:
    """repr, str and JSON of a configuration hold none of its secrets."""
    made = config(
        database_url=f"postgresql://wisp:{CANARY}@db/wisp",
        redis_url=f"redis://:{CANARY}@cache",
        webhook_logger_url=f"https://discord.com/api/webhooks/1/{CANARY}",
    )

    for text in (repr(made), str(made), made.model_dump_json(), f"{made.discord_token}"):
        assert CANARY not in text
        assert "canary" not in text


def test_names_an_unknown_argument() -> None:
    """A misspelt argument is named, with the one that was probably meant."""
    assert problem(db_pool_sise=3) == "db_pool_sise is not a setting: did you mean 'db_pool_size'?"
    assert problem(intents={"member": True}) == "intents.member is not a setting: did you mean 'members'?"


def test_says_where_a_token_comes_from() -> None:
    """Without a token the error names the variable, the portal's page, and the command that needs none."""
    with pytest.raises(ConfigError) as refused:
        AppConfig.model_validate({})

    (text,) = refused.value.problems
    for part in (
        "DISCORD_TOKEN",
        "DISCORD_TOKEN_FILE",
        "Developer Portal",
        "Bot",
        "Reset Token",
        "`wisp dev`",
    ):
        assert part in text


def test_names_all_problems_at_once() -> None:
    """Five wrong values make five sentences, each with the wanted form."""
    found = problems(
        discord_token="two words",
        db_pool_size=0,
        log_level="loud",
        timezone="Mars/Crater",
        discord_api_url="x",
    )

    assert [text.partition(":")[0].split()[0] for text in found] == [
        "discord_token",
        "discord_api_url",
        "timezone",
        "db_pool_size",
        "log_level",
    ]
    assert all("Wanted: " in text for text in found)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "empty"),
        ("Bot " + TOKEN, "leave out the word in front"),
        (f'"{TOKEN}"', "quotes"),
        ("canary one", "space"),
        ("canary\none", "line break"),
        ("canary\u00e9", "character"),
        ("123456789012345678", "an id"),
        ("0123456789abcdef" * 4, "public key"),
        ("canary_0123456789-ABCDEFGHIJKLMN", "client secret"),
        ("https://canary.example", "a URL"),
        ("your-token-here", "placeholder"),
    ],
)
def test_refuses_what_is_no_token(token: str, reason: str) -> None:
    """What is plainly not a bot token is refused with the reason, and not repeated."""
    text = problem(discord_token=token)

    assert reason in text
    assert "canary" not in text
    assert not token or token not in text


@pytest.mark.parametrize("token", [TOKEN, "x", "fake", "MTA.a.b", f" {TOKEN}\n"])
def test_takes_tokens_of_any_other_shape(token: str) -> None:
    """What might be a token is left to Discord to judge; white space around it does not count."""
    assert config(discord_token=token).discord_token.get_secret_value() == token.strip()


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("memory://", "memory://"),
        ("sqlite:///wisp.db", "sqlite+aiosqlite:///wisp.db"),
        ("sqlite:////var/wisp.db", "sqlite+aiosqlite:////var/wisp.db"),
        ("sqlite+aiosqlite:///wisp.db", "sqlite+aiosqlite:///wisp.db"),
        ("postgres://u:p%40s@h:5432/d?ssl=require", "postgresql+asyncpg://u:p%40s@h:5432/d?ssl=require"),
        ("postgresql://u@h/d", "postgresql+asyncpg://u@h/d"),
        (" postgresql+asyncpg://u@h/d\n", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_database_urls_get_the_driver_that_wisp_uses(url: str, used: str) -> None:
    """The usual spellings of a database's URL are taken, with the asynchronous driver put in."""
    made = config(database_url=url)

    assert made.database_url is not None
    assert made.database_url.get_secret_value() == used


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"mysql://u:{CANARY}@h/d", "begin with one of"),
        (f"{CANARY}", "begin with one of"),
        (f"postgresql://u:{CANARY}@h", "names no database"),
        (f"postgresql://u:{CANARY}#x@h/d", "%40"),
        (f"postgresql://u:{CANARY}[@h/d", "%40"),
        (f"sqlite://{CANARY}.db", "three slashes"),
        (f"sqlite:{CANARY}.db", "needs ://"),
        (f"memory://{CANARY}", "nothing after it"),
        ("postgresql://u:p@h/d d", "space"),
    ],
)
def test_refuses_other_databases(url: str, reason: str) -> None:
    """A URL that no database of Wisp has is refused with the reason, and not repeated."""
    text = problem(database_url=url)

    assert reason in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redis_url", f"http://{CANARY}"),
        ("webhook_logger_url", f"https://discord.com/{CANARY}"),
        ("webhook_logger_url", f"ftp://discord.com/api/webhooks/1/{CANARY}"),
    ],
)
def test_refuses_other_secret_urls(field: str, value: str) -> None:
    """A wrong secret URL is named by its field, and not repeated."""
    text = problem(**{field: value})

    assert text.startswith(f"{field}: ")
    assert CANARY not in text


@pytest.mark.parametrize(
    ("url", "its_own"),
    [
        ("https://discord.com/api/v10", True),
        ("https://canary.discord.com/api", True),
        ("https://notdiscord.com/api", False),
        ("http://127.0.0.1:9000/api/v10", False),
    ],
)
def test_tells_discord_from_what_speaks_like_it(url: str, its_own: bool) -> None:
    """Only Discord's own hosts are Discord's own."""
    assert AppConfig(discord_token=TOKEN, discord_api_url=url).is_at_discord is its_own


@pytest.mark.parametrize(
    "url",
    ["https://discord.com/api/v10", "http://127.0.0.1:4711/api/v10", "http://sim/api", "https://h/x/api/v9"],
)
def test_takes_the_address_of_any_api(url: str) -> None:
    """Discord's API may be at any host; a slash at the end does not count."""
    assert config(discord_api_url=url).discord_api_url == url
    assert config(discord_api_url=url + "/").discord_api_url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://discord.com", "/api"),
        ("https://discord.com/api/v10/users", "/api"),
        ("ws://discord.com/api", "http://"),
        ("https:///api", "names no host"),
        ("https://discord.com/api?x=1", "?"),
    ],
)
def test_refuses_what_is_no_api_address(url: str, reason: str) -> None:
    """An address that is not an API's is shown, with what is missing."""
    text = problem(discord_api_url=url)

    assert reason in text
    assert url in text


def test_hides_a_token_that_was_put_into_another_setting() -> None:
    """Values that are no secrets are repeated, but what looks like a token in them is not."""
    for field in ("discord_application_id", "owner_ids", "log_level", "modules", "timezone", "app_icon_url"):
        assert "canary" not in problem(**{field: TOKEN}), field


@given(st.integers(1 << 22, (1 << 63) - 1))
def test_takes_any_discord_id(snowflake: int) -> None:
    """An id is taken as a number and as digits."""
    made = AppConfig(
        discord_token=TOKEN, welcome_channel_id=snowflake, owner_ids=f" {snowflake} ,, {snowflake}"
    )

    assert made.welcome_channel_id == snowflake
    assert made.owner_ids == {snowflake}


@pytest.mark.parametrize("value", ["ada", "-5", "12", 12, 1 << 64, True, 1.5, "\u0661" * 18, "9" * 5000])
def test_refuses_what_is_no_id(value: object) -> None:
    """What cannot be a Discord id is refused, alone and in a list."""
    assert "Discord id" in problem(discord_application_id=value)
    assert "owner_ids" in problem(owner_ids=[value])


def test_modules_keep_their_order() -> None:
    """Modules come as a text with commas or as any collection, in order, each once."""
    expected = ("bot.polls:PollModule", "bot.welcome")

    assert config(modules="bot.polls:PollModule, bot.welcome,bot.welcome").modules == expected
    assert config(modules=list(expected)).modules == expected


@pytest.mark.parametrize("value", ["a b", "a..b", "a:", ":A", "a-b", "a:B:C", "a/b.py"])
def test_refuses_what_is_no_module(value: str) -> None:
    """What Python could not import is refused."""
    assert "is not the path of a module" in problem(modules=value)


def test_time_zones() -> None:
    """The time zone's name leads to its rules; UTC needs no database."""
    assert config().tzinfo is UTC
    assert config(timezone=":Europe/Berlin").tzinfo == ZoneInfo("Europe/Berlin")
    assert "no such time zone" in problem(timezone="../etc/passwd")


def test_says_when_there_are_no_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without a time zone database the remedy is named, and UTC still works."""
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    monkeypatch.setattr("wisp_framework.config.fields.ZoneInfo", _no_zone)
    monkeypatch.setattr("wisp_framework.config.fields.available_timezones", set)

    assert "pip install tzdata" in problem(timezone="Europe/Berlin")
    assert config(timezone="UTC").tzinfo is UTC


def _no_zone(name: str) -> ZoneInfo:
    raise KeyError(name)


@pytest.mark.parametrize(
    ("given_level", "level"), [("debug", "DEBUG"), ("Warn", "WARNING"), ("ERROR", "ERROR")]
)
def test_levels_in_any_case(given_level: str, level: str) -> None:
    """A level may be written in any case."""
    assert config(log_level=given_level, log_level_wisp_framework=given_level).log_level == level


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("db_pool_size", 0),
        ("db_max_overflow", -1),
        ("db_pool_timeout", 0),
        ("db_pool_timeout", "nan"),
        ("db_pool_recycle", 0),
        ("cache_default_ttl_s", 0),
        ("cache_default_ttl_s", "inf"),
        ("shutdown_grace_s", -1),
        ("command_prefix", ""),
        ("app_env", "../prod"),
        ("app_name", "  "),
        ("app_icon_url", "icon.png"),
        ("log_format", "xml"),
        ("database_required", "maybe"),
    ],
)
def test_refuses_values_out_of_range(field: str, value: object) -> None:
    """A value out of range is named with the field, the value and the wanted form."""
    text = problem(**{field: value})

    assert text.startswith(f"{field} is {str(value)!r}: ")
    assert "Wanted: " in text


def test_messages_decide_for_both_kinds() -> None:
    """`messages` is the default of messages in guilds and direct messages; each may differ."""
    neither = config(intents={"messages": False}).intents
    only_direct = config(intents={"messages": False, "dm_messages": True}).intents

    assert (neither.guild_messages, neither.dm_messages) == (False, False)
    assert (only_direct.guild_messages, only_direct.dm_messages) == (False, True)


def test_default_intents_are_not_privileged() -> None:
    """A new bot asks for nothing that has to be switched on in the portal."""
    intents = config().intents

    on = {name for name, wanted in intents if wanted}
    assert on == {"guilds", "messages", "guild_messages", "dm_messages", "reactions"}


def test_guilds_cannot_be_switched_off() -> None:
    """Without guilds nothing works, so the setting is refused rather than ignored."""
    assert problem(intents={"guilds": False}).startswith("intents.guilds is 'False': without it")


def test_survives_a_trip_to_another_process() -> None:
    """A configuration can be pickled, for worker processes, and is equal afterwards."""
    made = config(modules="a.b", intents={"members": True})

    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own bytes


def test_a_token_for_operators_is_hard_to_guess() -> None:
    """A short one, or one that no header carries, is refused without being shown."""
    for wrong, reason in (("short", "fewer than 16"), ("a token with spaces in", "a header cannot carry")):
        said = problem(ops_token=wrong)
        assert reason in said
        assert wrong not in said
