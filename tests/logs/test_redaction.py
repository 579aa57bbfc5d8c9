"""Redaction: no secret in any line, by value while configured, by shape always."""

import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from support.log_lines import TOKEN, SetUp, no_other_handlers
from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import redact
from wisp_framework.logs import get_logger, setup_logging

PASSWORD = 'canary "pass" \\word/ü'
HOOK = "canaryhook_0123456789-abcdefghijklmnopqrstuvwxyz"
SECRETS = {
    "database_url": f"postgresql://wisp:{quote(PASSWORD, safe='')}@db/wisp",
    "redis_url": "redis://:canary2redis@cache:6379/0",
    "webhook_logger_url": f"https://discord.com/api/webhooks/123/{HOOK}",
}
SPELLINGS = [
    TOKEN,
    PASSWORD,
    quote(PASSWORD, safe=""),
    "canary2redis",
    HOOK,
    *SECRETS.values(),
    f"Bot {TOKEN}",
]


class Holder:
    """An object whose repr shows what it holds."""

    def __init__(self, held: str) -> None:
        self.held = held

    @override
    def __repr__(self) -> str:
        return f"Holder({self.held!r})"


def raise_chained(secret: str) -> None:
    """Fail with an error that was caused by another, both telling ``secret``."""
    inner = ValueError(f"inner {secret}")
    inner.add_note(f"note {secret}")
    raise KeyError(secret, Holder(secret)) from inner


def log_everywhere(secret: str) -> None:
    """Log ``secret`` in every way there is."""
    own, foreign = get_logger("wisp_framework.canary"), logging.getLogger("discord.canary")
    own.debug(f"event {secret}")
    own.debug("argument %s", secret)
    own.debug(
        "fields", text=secret, held=Holder(secret), deep={"a": [{secret: (secret,)}]}, raw=secret.encode()
    )
    own.debug("body", body=json.dumps({"a": secret}), unicode=json.dumps([secret], ensure_ascii=False))
    foreign.debug("event " + secret)
    foreign.debug("argument %s %r", secret, Holder(secret))
    foreign.debug("wrong %d", secret)
    foreign.debug("extra", extra={"extra_field": secret, "extra_held": Holder(secret)})
    foreign.debug("stack", stack_info=True)
    try:
        raise_chained(secret)
    except KeyError:
        own.exception("own")
        foreign.exception("foreign %s", secret)
    foreign.error("group", exc_info=ExceptionGroup(f"group {secret}", [ValueError(secret)]))


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("secret", SPELLINGS)
def test_no_line_holds_a_secret(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str], log_format: str, secret: str
) -> None:
    """At DEBUG no message, argument, field, repr or chained traceback shows a configured secret."""
    path = tmp_path / "wisp.log"

    with no_other_handlers():
        set_up(log_level="DEBUG", log_format=log_format, log_file=path, **SECRETS)
        log_everywhere(secret)

    console, file = capsys.readouterr().err, path.read_text(encoding="utf-8")
    for text in (console, file):
        assert "canary-" not in text
        assert "canary2" not in text
        assert "canaryhook" not in text
        assert "pass" not in text.replace("discord.canary", "")
        assert text.count("[hidden]") >= 10
    assert len([json.loads(line) for line in file.splitlines()]) == 12


FOREIGN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs-canary"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token={FOREIGN}", "token=[hidden]"),
        (f"'{FOREIGN}'", "'[hidden]'"),
        (f"Authorization: Bot {FOREIGN}", "Authorization: Bot [hidden]"),
        ("Authorization: Bearer canary0123456789abc", "Authorization: Bearer [hidden]"),
        ("Basic Y2FuYXJ5OmNhbmFyeQ==", "Basic [hidden]"),
        ("POST https://h/api/webhooks/81/canary_0-9 200", "POST https://h/api/webhooks/81/[hidden] 200"),
        ("/webhooks/81/canaryhook/messages/@original", "/webhooks/81/[hidden]/messages/@original"),
        ("/interactions/81/aW50ZXJhY3Rpb246canary%3D/callback", "/interactions/81/[hidden]/callback"),
        ("postgresql+asyncpg://wisp:canary@db/wisp", "postgresql+asyncpg://wisp:[hidden]@db/wisp"),
        ("redis://:canary@h", "redis://:[hidden]@h"),
        ("url=%2Fwebhooks%2F81%2Fcanaryhook&x", "url=%2Fwebhooks%2F81%2F[hidden]&x"),
        ("token aW50ZXJhY3Rpb246canary0123 there", "token [hidden] there"),
        ("{'token': 'canary0123456789abc'}", "{'token': '[hidden]'}"),
        (r"{\"token\": \"canary0123456789abc\"}", r"{\"token\": \"[hidden]\"}"),
        ("connect(host='db', password='canary')", "connect(host='db', password='[hidden]')"),
        ("'https://u:can@ary@h/'", "'https://u:[hidden]@h/'"),
    ],
)  # fmt: skip
def test_hides_what_looks_like_a_secret(text: str, shown: str) -> None:
    """Secrets of other bots and servers are known by their shape; what stands around them stays."""
    assert redact(text) == shown


@given(st.text(), st.text())
def test_hides_a_token_in_any_surroundings(before: str, after: str) -> None:
    """Whatever stands around it, the configured token never comes through."""
    handle = setup_logging(AppConfig(discord_token=TOKEN))
    try:
        assert TOKEN not in redact(f"{before}{TOKEN}{after}")
    finally:
        handle.close()


def test_short_passwords_do_not_tear_words_apart(set_up: SetUp) -> None:
    """A short password is hidden where it stands as a word; a longer word that holds it stays."""
    set_up(database_url="postgresql://u:wisp@h/d")

    assert redact("wisp_framework says wisp.") == "wisp_framework says [hidden]."


def test_secrets_of_every_open_set_up_are_hidden(set_up: SetUp) -> None:
    """With two bots in a process the secrets of both are hidden, until each has closed."""
    one = set_up(discord_token="token-of-the-first-bot")
    two = set_up(discord_token="token-of-the-second-bot")
    text = "token-of-the-first-bot token-of-the-second-bot"

    assert redact(text) == "[hidden] [hidden]"
    two.close()
    assert redact(text) == "[hidden] token-of-the-second-bot"
    one.close()
    assert redact(text) == text
