"""What counts as a password, and what is hidden for its looks."""

import pytest
from pydantic import SecretStr

from wisp_framework.config import weak_password
from wisp_framework.config.credentials import hide_shapes


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://postgres:postgres@h/d", "the user's name"),
        ("postgresql://ada:ADA@h/d", "the user's name"),
        ("postgresql://wisp:ChangeMe@h/d", "everybody tries"),
        ("postgresql://wisp:p%61ssword@h/d", "everybody tries"),
        ("postgresql://wisp@h/d", "no password"),
        ("redis://cache:6379/0", "no password"),
        ("redis://:@cache", "no password"),
        ("redis://:kf83hs@cache", "fewer than 8"),
        ("redis://:aaaaaaaabb@cache", "repeats"),
    ],
)
def test_says_why_a_password_is_weak(url: str, reason: str) -> None:
    """A default, short or missing password is told by its kind, never by its value."""
    found = weak_password(SecretStr(url))

    assert found is not None
    assert reason in found
    for value in ("ChangeMe", "ADA", "kf83hs", "aaaaaaaabb"):
        assert value not in found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://wisp:kX9-vT2q_Lw@h/d",
        "sqlite+aiosqlite:///wisp.db",
        "memory://",
        "postgresql:///d",
        "http://[",
    ],
)
def test_finds_nothing_where_nothing_is_wrong(url: str) -> None:
    """A good password, and what needs or can have none, is left alone."""
    assert weak_password(SecretStr(url)) is None


@pytest.mark.parametrize(
    "text",
    [
        "wisp_framework_something_long.config.a_name_that_is_longer_than_most",
        "http://127.0.0.1:8080/api/v10/users/@me",
        "https://discord.com/api/v10/webhooks/123",
        "Bot is ready",
        "Basic authentication is not used",
        "mail ada@example.org",
    ],
)
def test_leaves_ordinary_text_alone(text: str) -> None:
    """What only resembles a secret stays readable."""
    assert hide_shapes(text) == text
