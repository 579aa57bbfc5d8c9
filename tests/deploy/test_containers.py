"""The container files, read as they are: no container engine runs here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from wisp_framework.cli import app as cli
from wisp_framework.config import describe_settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8")
COMPOSE_TEXT = (ROOT / "deploy/compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = {name for setting in describe_settings() for name in setting.names}
SECRETS = {f"{setting.name}_FILE" for setting in describe_settings() if setting.secret}


def _instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with what follows it, continued lines joined."""
    lines = [line for line in DOCKERFILE.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [line.partition(" ") for line in joined.splitlines()]
    return [(word, rest.strip()) for word, _, rest in found]


STAGES = [place for place, (word, _) in enumerate(_instructions()) if word == "FROM"]
LAST_STAGE = _instructions()[STAGES[-1] :]


def test_what_runs_was_built_elsewhere() -> None:
    """There are two stages, and the last one installs and compiles nothing."""
    assert len(STAGES) == 2
    runs = " ".join(rest for word, rest in LAST_STAGE if word == "RUN")
    assert not re.search(r"\b(pip|apt|apt-get|curl|wget|gcc)\b", runs)
    assert [rest for word, rest in LAST_STAGE if word == "COPY"] == ["--from=build /opt/wisp /opt/wisp"]


def test_runs_as_nobody_special() -> None:
    """The last user is a number other than root's, so that an orchestrator can see it."""
    users = [rest for word, rest in LAST_STAGE if word == "USER"]
    assert users == ["10001:10001"]


def test_health_is_asked_of_the_bot() -> None:
    """The health check is `wisp health`, which exists, and its port is one that the image sets."""
    (check,) = [rest for word, rest in LAST_STAGE if word == "HEALTHCHECK"]
    assert check.endswith('CMD ["wisp", "health"]')
    assert "health" in {command.name for command in cli.registered_commands}
    environment = " ".join(rest for word, rest in LAST_STAGE if word == "ENV")
    assert "OPS_PORT=9091" in environment


def test_what_is_installed_is_pinned() -> None:
    """Packages come by hash, from a file that is there, and no secret is part of the image."""
    installs = [rest for word, rest in _instructions() if word == "RUN" and "pip install" in rest]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    for path in re.findall(r"requirements/\w+\.txt", DOCKERFILE):
        assert (ROOT / path).is_file()
    assert not re.search(r"(?i)(token|password|secret|_dsn|_url)\s*=", DOCKERFILE)


def test_only_what_is_needed_is_sent_to_the_build() -> None:
    """Everything is left out but what the Dockerfile copies: no .env, no data, no history."""
    lines = (ROOT / "deploy/Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in _instructions() if word == "COPY" and "--from" not in rest]
    assert let_in == {path.rstrip("/") for paths in copied for path in paths}


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_locked_down(name: str) -> None:
    """Root is read-only, nothing can be gained, and memory, processor and processes have a limit."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert not {"privileged", "cap_add", "network_mode", "ports", "pid"} & set(service)
    assert name == "bot" or str(service["user"]).split(":")[0] not in {"root", "0"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"bot"}))
def test_the_bot_waits_for_what_it_needs(name: str) -> None:
    """Each has a health check, which the bot waits for."""
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES["bot"]["depends_on"][name] == {"condition": "service_healthy"}
    assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_no_password_is_a_default() -> None:
    """Secrets come from files in a folder that must be named; without it nothing starts."""
    for secret in COMPOSE["secrets"].values():
        assert re.match(r"\$\{WISP_SECRETS:\?[^}]+\}/\w+$", secret["file"])
    for name, service in SERVICES.items():
        for variable, value in service["environment"].items() if "environment" in service else ():
            if re.search("TOKEN|PASSWORD|URL|DSN|SECRET", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable} stands in the open"
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    without_message = re.findall(r"\$\{(?!WISP_MODULES)\w+(?!\w*:\?)[^}]*\}", COMPOSE_TEXT)
    assert [one for one in without_message if ":?" not in one] == []


def test_the_bots_settings_exist() -> None:
    """Each variable of the bot is a setting, or the file of one that is a secret."""
    for variable in SERVICES["bot"]["environment"]:
        assert variable in SETTINGS or variable in SECRETS, variable


def test_the_bot_is_given_time_to_stop() -> None:
    """An engine waits longer than the bot's own grace before it kills."""
    (grace,) = [one.default for one in describe_settings() if one.path == ("shutdown_grace_s",)]
    assert int(SERVICES["bot"]["stop_grace_period"].removesuffix("s")) > float(grace)
