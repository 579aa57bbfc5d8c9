"""load_config: which place wins, what a file of a secret may be, and how problems are told."""

from pathlib import Path

import pytest

from wisp_framework.config import AppConfig, load_config
from wisp_framework.exceptions import ConfigError

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.canary-canary-canary-canary-canary"
CANARY = "canary-7f3a91"


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment, in which only the token is set."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    return monkeypatch


def problems(env_file: Path | None = None) -> tuple[str, ...]:
    """What is wrong with the settings."""
    with pytest.raises(ConfigError) as refused:
        load_config(env_file)
    return refused.value.problems


def test_the_order_of_places(folder: Path, env: pytest.MonkeyPatch) -> None:
    """Process, .env.local, .env.{APP_ENV}, .env: each adds what those before it leave open."""
    (folder / ".env").write_text(
        "APP_ENV=production\nAPP_NAME=base\nLOG_LEVEL=ERROR\nDB_POOL_SIZE=1\nCOMMAND_PREFIX=?\n"
    )
    (folder / ".env.production").write_text("APP_NAME=production\nLOG_LEVEL=WARNING\nDB_POOL_SIZE=2\n")
    (folder / ".env.development").write_text("COMMAND_PREFIX=dev\n")
    (folder / ".env.local").write_text("APP_NAME=local\nLOG_LEVEL=DEBUG\n")
    env.setenv("APP_NAME", "process")

    config = load_config()

    assert (config.app_name, config.log_level, config.db_pool_size) == ("process", "DEBUG", 2)
    assert (config.command_prefix, config.app_env) == ("?", "production")


def test_arguments_win_over_everything(folder: Path, env: pytest.MonkeyPatch) -> None:
    """An override wins over the environment, and one that is no setting is named."""
    env.setenv("APP_NAME", "process")
    env.setenv("DB_POOL_SIZE", "nonsense that the override replaces")

    assert load_config(app_name="given", db_pool_size=3).app_name == "given"
    with pytest.raises(ConfigError, match="app_nam is not a setting: did you mean 'app_name'"):
        load_config(app_nam="given", db_pool_size=3)


def test_needs_no_token_from_outside_if_given_one() -> None:
    """A token handed in is enough, so an offline bot starts with no setting at all."""
    assert load_config(discord_token=TOKEN) == AppConfig(discord_token=TOKEN)


def test_a_named_file_replaces_the_three(folder: Path, env: pytest.MonkeyPatch) -> None:
    """With env_file the others are not read; one that does not exist is a problem."""
    (folder / ".env").write_text("APP_NAME=base\nDB_POOL_SIZE=7\n")
    (folder / "other").write_text("APP_NAME=other\n")

    config = load_config(folder / "other")

    assert (config.app_name, config.db_pool_size) == ("other", 10)
    assert "nowhere" in problems(folder / "nowhere")[0]


def test_empty_means_not_set(folder: Path, env: pytest.MonkeyPatch) -> None:
    """An empty variable gives the default and hides those below it."""
    (folder / ".env").write_text("LOG_FILE=bot.log\nAPP_NAME=\nAPP_ENV=production\n")
    (folder / ".env.production").write_text("DB_POOL_SIZE=2\n")
    env.setenv("LOG_FILE", "")
    env.setenv("APP_ENV", "")

    config = load_config()

    assert config.log_file is None
    assert (config.app_name, config.app_env, config.db_pool_size) == ("Wisp Bot", "development", 10)


def test_foreign_variables_do_not_matter(folder: Path, env: pytest.MonkeyPatch) -> None:
    """A .env file may hold variables of other programs."""
    (folder / ".env").write_text("POSTGRES_USER=wisp\nSOMETHING=1\nexport APP_NAME='Ada'\n")

    assert load_config().app_name == "Ada"


def test_aliases(folder: Path, env: pytest.MonkeyPatch) -> None:
    """Each name of a setting is read; of two in one place the preferred one counts."""
    env.setenv("OWNER_ID", "81384788765712384")
    env.setenv("DB_POOL_RECYCLE_SECONDS", "60")
    env.setenv("INTENTS_MEMBERS", "true")
    env.setenv("INTENTS_PRESENCES", "true")
    env.setenv("DISCORD_INTENTS_PRESENCES", "false")
    env.setenv("CACHE_DEFAULT_TTL_SECONDS", "1.5")
    env.setenv("SHUTDOWN_GRACE_SECONDS", "0")
    env.setenv("TZ", "Europe/Berlin")
    env.setenv("WISP_MODULES", "a.b,c.d:E")

    config = load_config()

    assert config.owner_ids == {81384788765712384}
    assert (config.db_pool_recycle, config.cache_default_ttl_s, config.shutdown_grace_s) == (60, 1.5, 0)
    assert (config.intents.members, config.intents.presences) == (True, False)
    assert (config.timezone, config.modules) == ("Europe/Berlin", ("a.b", "c.d:E"))


def test_problems_name_the_variable_as_it_was_written(folder: Path, env: pytest.MonkeyPatch) -> None:
    """A problem names the alias that was used and the place where it stands."""
    (folder / ".env").write_text("INTENTS_MEMBERS=perhaps\nLOG_LEVEL=loud\n")
    env.setenv("OWNER_ID", "ada")

    owner, level, intent = problems()

    assert owner.startswith("OWNER_ID (the environment) is 'ada': at place 1, it is not a Discord id")
    assert level.startswith("LOG_LEVEL (.env) is 'loud': ")
    assert intent.startswith("INTENTS_MEMBERS (.env) is 'perhaps': ")


def test_everything_is_said_at_once(folder: Path) -> None:
    """Broken files, missing and malformed variables come in one error."""
    (folder / ".env").write_text(f"APP_NAME=ok\n{CANARY} and more\nDB_POOL_SIZE=many\n")
    (folder / ".env.local").write_bytes(b"APP_NAME=\xff\xfe\n")

    found = problems()

    assert any(".env.local is not UTF-8" in text for text in found)
    assert any(".env, line 2," in text for text in found)
    assert any("DISCORD_TOKEN" in text and "missing" in text for text in found)
    assert any(text.startswith("DB_POOL_SIZE (.env) is 'many'") for text in found)
    assert CANARY not in "\n".join(found)


def test_a_broken_file_is_a_problem_even_if_all_else_is_well(folder: Path, env: pytest.MonkeyPatch) -> None:
    """A line that cannot be read may be the setting that matters, so it is not skipped."""
    (folder / ".env").write_text("APP_NAME ok\n")

    assert "line 1" in problems()[0]


@pytest.mark.parametrize("name", ["DISCORD_TOKN", "BOT_TOKEN", "DISCORD_BOT_TOKEN"])
def test_hints_at_a_misspelt_token(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the token is missing, a variable that looks like it is pointed out, without its value."""
    monkeypatch.setenv(name, TOKEN)

    (text,) = problems()

    assert f"{name} is set (the environment)" in text
    assert "canary" not in text


def test_says_that_the_token_is_set_but_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty token is missing, and the error says where it is empty."""
    monkeypatch.setenv("DISCORD_TOKEN", "")

    assert "It is set, but empty (the environment)." in problems()[0]


def test_secrets_from_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret may come from a file; the line break at its end does not count."""
    urls = {
        "DATABASE_URL": "postgresql+asyncpg://u:p@h/d",
        "REDIS_URL": "redis://h/0",
        "WEBHOOK_LOGGER_URL": "https://discord.com/api/webhooks/1/abcdefgh",
    }
    for name, value in {"DISCORD_TOKEN": TOKEN, **urls}.items():
        (folder / name).write_text(f"{value}\r\n")
        monkeypatch.setenv(f"{name}_FILE", str(folder / name))

    config = load_config()

    assert config.discord_token.get_secret_value() == TOKEN
    found = (config.database_url, config.redis_url, config.webhook_logger_url)
    assert [secret and secret.get_secret_value() for secret in found] == list(urls.values())


def test_a_file_wins_over_a_value_further_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place decides, not whether the value or a file is named."""
    (folder / "token").write_text("from-the-file")
    (folder / ".env").write_text(f"DISCORD_TOKEN={TOKEN}\n")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "token")

    assert load_config().discord_token.get_secret_value() == "from-the-file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 70_000, "too large"),
        (f"{CANARY} two\n".encode(), "space"),
    ],
)
def test_names_a_file_that_holds_no_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, reason: str
) -> None:
    """A file that is missing or wrong is named by its variable, once, without what is in it."""
    if content is not None:
        (folder / "secret").write_bytes(content)
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "secret")

    (text,) = problems()

    assert text.startswith("DISCORD_TOKEN_FILE (the environment): ")
    assert reason in text
    assert CANARY not in text


def test_refuses_a_secret_given_twice(folder: Path, env: pytest.MonkeyPatch) -> None:
    """A value and a file in the same place leave open which is meant."""
    env.setenv("DISCORD_TOKEN_FILE", "token")

    assert "DISCORD_TOKEN_FILE is set as well" in problems()[0]


def test_values_may_refer_to_each_other(folder: Path, env: pytest.MonkeyPatch) -> None:
    """${NAME} stands for what wins for that name, whichever place it is in."""
    (folder / ".env").write_text(
        "DB_PASSWORD=low\nDATABASE_URL=postgresql://wisp:${DB_PASSWORD}@${DB_HOST:-localhost}/wisp\n"
    )
    env.setenv("DB_PASSWORD", "high")

    url = load_config().database_url

    assert url is not None
    assert url.get_secret_value() == "postgresql+asyncpg://wisp:high@localhost/wisp"


def test_names_references_that_lead_nowhere(folder: Path, env: pytest.MonkeyPatch) -> None:
    """A reference to nothing or to itself is a problem; in a secret it is not repeated."""
    (folder / ".env").write_text("APP_NAME=${NOBODY}\nAPP_FOOTER_TEXT=a ${APP_FOOTER_TEXT}\n")
    (folder / ".env.local").write_text("DATABASE_URL=postgresql://u:ab${canary}@h/d\n")

    name, footer, url = problems()

    assert name.startswith("APP_NAME (.env): it refers with ${...} to NOBODY")
    assert footer.startswith("APP_FOOTER_TEXT (.env): it refers with ${...} to APP_FOOTER_TEXT")
    assert "DATABASE_URL (.env.local)" in url
    assert "canary" not in url


def test_process_variables_are_taken_as_they_are(env: pytest.MonkeyPatch) -> None:
    """Only files know references: a process variable was expanded by whoever set it, or not meant so."""
    env.setenv("APP_NAME", "${USER} bot")

    assert load_config().app_name == "${USER} bot"


def test_an_environment_cannot_rename_itself(folder: Path, env: pytest.MonkeyPatch) -> None:
    """The file of one environment may not claim to be another's."""
    (folder / ".env").write_text("APP_ENV=staging\n")
    (folder / ".env.staging").write_text("APP_ENV=production\n")

    assert "APP_ENV in .env.staging" in problems()[0]


def test_an_environment_is_no_path(folder: Path, env: pytest.MonkeyPatch) -> None:
    """APP_ENV cannot lead to a file elsewhere."""
    env.setenv("APP_ENV", "../secrets")

    assert problems()[0].startswith("APP_ENV (the environment) is '../secrets'")


def test_reads_files_saved_with_a_byte_order_mark(folder: Path, env: pytest.MonkeyPatch) -> None:
    """What some editors put in front of the first name does not hide it."""
    (folder / ".env").write_text("APP_NAME=Ada\n", encoding="utf-8-sig")

    assert load_config().app_name == "Ada"
