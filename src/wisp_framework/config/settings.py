"""The settings of a bot: read once, checked as a whole, never changed."""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from wisp_framework.config import fields as form
from wisp_framework.config.fields import Env, FromEnv, LogFormat, LogLevel
from wisp_framework.config.problems import sentences
from wisp_framework.config.sources import DEFAULT_APP_ENV
from wisp_framework.exceptions import ConfigError

OFFLINE_REQUESTS_PER_S = 1_000_000
"""So many requests a second that none waits: the offline Discord has no limit that a bot must keep to."""

_ID = "a Discord id (Developer Mode on, then right-click and Copy ID), for example 81384788765712384"
_YES_NO = "true or false"
_LEVEL = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
_SECONDS = "seconds, above 0, for example "


def _secret(check: Callable[[str], str]) -> AfterValidator:
    """Check what is inside a secret, and keep it one."""

    def checked(secret: SecretStr) -> SecretStr:
        return SecretStr(check(secret.get_secret_value()))

    return AfterValidator(checked)


_Id = Annotated[int, BeforeValidator(form.parse_id)]
_Path = Annotated[Path, BeforeValidator(form.parse_path)]
_Level = Annotated[LogLevel, BeforeValidator(form.parse_level)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _refuse_broken(value: object) -> object:
    """Let a value that could not be read speak for itself."""
    if isinstance(value, FromEnv) and value.broken:
        raise ValueError(value.broken)
    return value


class IntentSettings(BaseModel):
    """Which events Discord is asked to send: its gateway intents.

    Each is read from ``DISCORD_INTENTS_NAME`` or ``INTENTS_NAME``. ``messages`` is the
    default of ``guild_messages`` and ``dm_messages``, which alone decide.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    guilds: Annotated[bool, Env(_YES_NO)] = True
    """Guilds, channels and roles; Wisp cannot work without it, so it cannot be switched off."""
    members: Annotated[bool, Env(_YES_NO)] = False
    """Members joining, leaving and changing. Privileged: switch it on in the Developer Portal too."""
    messages: Annotated[bool, Env(_YES_NO)] = True
    """Messages everywhere: what the next two are unless they are given."""
    guild_messages: Annotated[bool, Env(_YES_NO)] = True
    """Messages in guilds."""
    dm_messages: Annotated[bool, Env(_YES_NO)] = True
    """Direct messages."""
    message_content: Annotated[bool, Env(_YES_NO)] = False
    """What messages say. Privileged: switch it on in the Developer Portal too."""
    reactions: Annotated[bool, Env(_YES_NO)] = True
    """Reactions to messages."""
    voice_states: Annotated[bool, Env(_YES_NO)] = False
    """Who is in which voice channel."""
    presences: Annotated[bool, Env(_YES_NO)] = False
    """Who is online and what they do. Privileged: switch it on in the Developer Portal too."""

    @model_validator(mode="before")
    @classmethod
    def _spread_messages(cls, data: object) -> object:
        if isinstance(data, dict) and "messages" in data:
            return {"guild_messages": data["messages"], "dm_messages": data["messages"], **data}
        return data

    _broken = field_validator("*", mode="before")(_refuse_broken)

    @field_validator("guilds")
    @classmethod
    def _keep_guilds(cls, value: bool) -> bool:
        if not value:
            raise ValueError("without it there are no guilds, channels and commands; remove the setting")
        return value


class AppConfig(BaseSettings):
    """Everything that can be set about a bot.

    The constructor reads nothing but its arguments; `load_config` reads the environment
    and the ``.env`` files. Secrets show neither in ``repr`` nor in errors.

    Raises:
        ConfigError: every argument that is missing, unknown or malformed, all at once.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    discord_token: Annotated[
        SecretStr,
        _secret(form.check_token),
        Env(
            "the bot's token, from the Discord Developer Portal (https://discord.com/developers/applications):"
            " your application, then Bot, then Reset Token. `wisp dev` needs none"
        ),
    ]
    """The bot's token."""
    discord_api_url: Annotated[
        str,
        AfterValidator(form.check_api_url),
        Env("the API's address, for example https://discord.com/api/v10"),
    ] = "https://discord.com/api/v10"
    """Which Discord to speak to; the gateway's address follows from it."""
    discord_requests_per_s: Annotated[int, Field(ge=2), Env("a whole number, 2 or more, for example 50")] = 50
    """How many requests are sent in a second at most; Discord grants large bots more.

    What the offline Discord answers is not slowed: there it is `OFFLINE_REQUESTS_PER_S` unless set.
    """
    discord_application_id: Annotated[_Id | None, Env(_ID)] = None
    """The application's id; asked from Discord if not given."""
    owner_ids: Annotated[
        frozenset[int],
        BeforeValidator(form.parse_ids),
        Env(
            "Discord user ids with commas between, for example 81384788765712384,53908232506183680",
            ("DISCORD_OWNER_IDS", "OWNER_ID"),
        ),
    ] = frozenset()
    """Who may use owner-only commands; the application's owner or team if not given."""

    modules: Annotated[
        tuple[str, ...],
        BeforeValidator(form.parse_modules),
        Env(
            "modules with commas between, for example mybot.welcome,mybot.polls:PollModule", ("WISP_MODULES",)
        ),
    ] = ()
    """Modules that `wisp run` loads besides the built-in ones."""
    sync_on_startup: Annotated[bool, Env(_YES_NO)] = True
    """Whether the command lists at Discord are brought up to date at start."""
    command_prefix: Annotated[
        str, Field(min_length=1, max_length=32), Env("1 to 32 characters, for example !")
    ] = "!"
    """What prefix commands begin with."""
    welcome_channel_id: Annotated[_Id | None, Env(_ID)] = None
    """Where new members are greeted in guilds that chose no channel of their own."""
    shutdown_grace_s: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        Env("seconds, 0 or more, for example 25", ("SHUTDOWN_GRACE_SECONDS",)),
    ] = 25.0
    """How long running commands may take to finish at shutdown."""

    app_name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=256),
        Env("1 to 256 characters"),
    ] = "Wisp Bot"
    """The bot's name, at the head of `/health`, `/modules list` and what `branded_embed` makes."""
    app_icon_url: Annotated[
        Annotated[str, Field(max_length=2048), AfterValidator(form.check_web_url)] | None,
        Env("a URL of up to 2048 characters, for example https://example.org/icon.png"),
    ] = None
    """A small picture beside that name."""
    app_footer_text: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048)] | None,
        Env("up to 2048 characters"),
    ] = None
    """A line at the foot of the same embeds."""
    app_env: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$"), Env("letters, digits, - and _, for example production")
    ] = DEFAULT_APP_ENV
    """Where the bot runs; also names the file ``.env.{APP_ENV}`` that is read."""
    timezone: Annotated[
        str,
        BeforeValidator(form.parse_timezone),
        Env("a time zone's name, for example Europe/Berlin or UTC", ("TZ",)),
    ] = "UTC"
    """The time zone of the times in console log lines; lines in JSON are in UTC."""

    data_dir: Annotated[_Path, Env("a folder, for example data")] = Path("data")
    """Where the bot keeps its files, the embedded database among them."""
    database_url: Annotated[
        Annotated[SecretStr, _secret(form.check_database_url)] | None,
        Env(
            "sqlite+aiosqlite:///FILE, postgresql+asyncpg://USER:PASSWORD@HOST/NAME,"
            " or memory:// to keep nothing"
        ),
    ] = None
    """The database; a SQLite file in the data folder if not given."""
    database_required: Annotated[bool, Env(_YES_NO)] = True
    """Whether an unreachable database stops the start; otherwise the bot starts degraded and says so."""
    db_pool_size: Annotated[int, Field(gt=0), Env("a whole number above 0, for example 10")] = 10
    """How many database connections are kept open."""
    db_max_overflow: Annotated[int, Field(ge=0), Env("a whole number, 0 or more, for example 20")] = 20
    """How many more connections may be opened under load."""
    db_pool_timeout: Annotated[_Seconds, Env(_SECONDS + "2")] = 2.0
    """How many seconds to wait for a connection, be it a free one or a new one."""
    db_statement_timeout: Annotated[_Seconds, Env(_SECONDS + "2")] = 2.0
    """How many seconds a PostgreSQL server may take for one statement; migrations have no such limit."""
    db_pool_recycle: Annotated[
        int,
        Field(gt=0),
        Env("whole seconds, above 0, for example 3600", ("DB_POOL_RECYCLE", "DB_POOL_RECYCLE_SECONDS")),
    ] = 3600
    """After how many seconds a connection is replaced."""
    db_echo_sql: Annotated[bool, Env(_YES_NO)] = False
    """Whether every SQL statement is logged."""
    redis_url: Annotated[
        Annotated[SecretStr, _secret(form.check_redis_url)] | None,
        Env("redis://HOST:6379/0 or rediss://USER:PASSWORD@HOST:6379/0"),
    ] = None
    """The Redis or Valkey server that processes share for caches, cooldowns and news of switches."""
    redis_required: Annotated[bool, Env(_YES_NO)] = True
    """Whether an unreachable Redis stops the start; otherwise the bot starts degraded and says so."""
    redis_namespace: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_:-]{1,64}$")] | None,
        Env("up to 64 letters, digits, _, - and :, for example mybot"),
    ] = None
    """What the bot's keys in Redis begin with; ``wisp:`` and the application's id if not given."""
    cache_default_ttl_s: Annotated[
        _Seconds,
        Env(_SECONDS + "300", ("CACHE_DEFAULT_TTL_SECONDS",)),
    ] = 300.0
    """How long the cache keeps a value that came without a time of its own."""

    guild_purge_after_days: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
        BeforeValidator(form.parse_never),
        Env("days, 0 or more, for example 30, or never"),
    ] = 30.0
    """How long the data of a guild is kept after it removed the bot; an outage never counts."""
    audit_retention_days: Annotated[
        Annotated[float, Field(gt=0, le=36500, allow_inf_nan=False)] | None,
        BeforeValidator(form.parse_never),
        Env("days, above 0, for example 90, or never"),
    ] = 90.0
    """How long audit events are kept in the database."""

    log_level: Annotated[_Level, Env(_LEVEL)] = "INFO"
    """The least important messages that are logged."""
    log_level_wisp_framework: Annotated[_Level | None, Env(_LEVEL)] = None
    """The same for Wisp's own messages; as ``LOG_LEVEL`` if not given."""
    log_format: Annotated[LogFormat, BeforeValidator(form.parse_lower), Env("console or json")] = "console"
    """How log lines look on the console: for people, or one JSON object a line."""
    log_file: Annotated[_Path | None, Env("a file, for example logs/wisp.log")] = None
    """A file that log lines are written to as well, as JSON; renamed at 10 MB, five are kept."""
    webhook_logger_url: Annotated[
        Annotated[SecretStr, _secret(form.check_webhook_url)] | None,
        Env("https://discord.com/api/webhooks/ID/TOKEN (channel, Integrations, Webhooks, Copy URL)"),
    ] = None
    """A webhook that the bot reports to."""
    webhook_logger_level: Annotated[
        _Level | None, BeforeValidator(form.parse_never), Env(_LEVEL + ", or never")
    ] = "ERROR"
    """The least important log messages that are posted to that webhook."""

    ops_port: Annotated[
        Annotated[int, Field(ge=0, le=65_535)] | None, Env("a port, for example 9091, or 0 for any free one")
    ] = None
    """Where operators are answered over HTTP: health and metrics. Nowhere if not given."""
    ops_host: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
        Env("an address, for example 127.0.0.1, or 0.0.0.0 for every one of this machine"),
    ] = "127.0.0.1"
    """The address of that port; one that other machines reach demands a token."""
    ops_token: Annotated[
        Annotated[SecretStr, _secret(form.check_ops_token)] | None,
        Env("16 characters or more that nobody guesses, without spaces"),
    ] = None
    """What operators have to send as a bearer token."""
    otel_enabled: Annotated[bool, Env(_YES_NO)] = False
    """Whether traces are sent to OpenTelemetry."""
    otel_service_name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=256),
        Env("1 to 256 characters"),
    ] = "wisp"
    """What the bot is called in traces."""
    otel_exporter_otlp_endpoint: Annotated[
        str, AfterValidator(form.check_web_url), Env("a URL, for example http://127.0.0.1:4318")
    ] = "http://127.0.0.1:4318"
    """Where traces go, by OTLP over HTTP."""
    otel_sample_rate: Annotated[
        float, Field(ge=0, le=1, allow_inf_nan=False), Env("from 0 to 1, for example 0.1 for every tenth")
    ] = 1.0
    """How many of the traces are sent."""
    sentry_dsn: Annotated[
        Annotated[SecretStr, _secret(form.check_sentry_dsn)] | None, Env("https://KEY@HOST/PROJECT")
    ] = None
    """Where unexpected failures are told; nowhere if not given."""
    sentry_sample_rate: Annotated[
        float, Field(ge=0, le=1, allow_inf_nan=False), Env("from 0 to 1, for example 0.1 for every tenth")
    ] = 1.0
    """How many of those failures are told."""

    intents: IntentSettings = IntentSettings()
    """Which events Discord is asked to send."""

    @property
    def is_at_discord(self) -> bool:
        """Whether ``discord_api_url`` is Discord's own; an offline Discord or a proxy is not."""
        return form.is_discord(self.discord_api_url)

    @property
    def tzinfo(self) -> tzinfo:
        """The time zone that ``timezone`` names."""
        return form.load_timezone(self.timezone)

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the arguments of the constructor count."""
        return (init_settings,)

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            problems = sentences(error, cls, data)
        raise ConfigError(problems)

    _broken = field_validator("*", mode="before")(_refuse_broken)
