"""The settings as the documentation lists them."""

from pathlib import Path

import pytest

from wisp_framework.config import AppConfig, describe_settings, load_config

SETTINGS = describe_settings()


def test_every_field_is_described() -> None:
    """Each field of the configuration has a variable, a form and a description."""
    assert {setting.path[0] for setting in SETTINGS} == set(AppConfig.model_fields)
    for setting in SETTINGS:
        assert setting.description.endswith("."), setting.path
        assert setting.form != "text", setting.path


def test_no_variable_means_two_things() -> None:
    """No two settings share a variable, and none looks like the file of a secret."""
    names = [name for setting in SETTINGS for name in setting.names]
    files = {f"{name}_FILE" for setting in SETTINGS if setting.secret for name in setting.names}

    assert len(names) == len(set(names))
    assert not files & set(names)


def test_only_the_token_is_required() -> None:
    """Everything but the token has a default."""
    assert [setting.name for setting in SETTINGS if setting.required] == ["DISCORD_TOKEN"]


def test_knows_the_secrets() -> None:
    """Exactly these are never shown, and can be read from a file."""
    secrets = {setting.name for setting in SETTINGS if setting.secret}

    assert secrets == {
        "DISCORD_TOKEN",
        "DATABASE_URL",
        "REDIS_URL",
        "WEBHOOK_LOGGER_URL",
        "OPS_TOKEN",
        "SENTRY_DSN",
    }


def test_the_defaults_are_true(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env file with every default as it is described changes nothing."""
    monkeypatch.setenv("DISCORD_TOKEN", "x")
    (folder / ".env").write_text("".join(f"{setting.name}={setting.default}\n" for setting in SETTINGS))

    assert load_config() == AppConfig(discord_token="x")
