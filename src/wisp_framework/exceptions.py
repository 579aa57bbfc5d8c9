"""Every error that Wisp raises on purpose.

The message is for the operator: it names the thing, the value and the remedy.
``user_message`` is safe to show to a member of a guild.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar


class WispError(Exception):
    """The root of all that Wisp raises on purpose."""

    user_message: str = "Something went wrong."


# --- configuration ---------------------------------------------------------------------------------------


class ConfigError(WispError):
    """The settings do not let a bot start; every problem is named at once.

    Args:
        problems: one sentence each: the variable, the wanted form, the remedy; never a secret's value.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
        super().__init__("\n".join([f"Configuration: {count}.", *(f"  - {text}" for text in problems)]))


class MissingExtraError(WispError):
    """An optional package is not installed.

    Args:
        what: what cannot work without it.
        extra: the extra of ``wisp-framework`` that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        self.what = what
        self.extra = extra
        super().__init__(f"{what} needs the [{extra}] extra: pip install 'wisp-framework[{extra}]'")


# --- connection to Discord -------------------------------------------------------------------------------


class ConnectError(WispError):
    """Discord does not let this bot in; the message says which switch to set where."""


# --- services --------------------------------------------------------------------------------------------


class ServiceError(WispError):
    """Something is wrong with a service or with how services are joined."""


class DuplicateServiceError(ServiceError):
    """A name or type is registered twice."""


class UnknownServiceError(ServiceError):
    """A service was asked for that nobody registered."""


class ServiceGraphError(ServiceError):
    """The services cannot be built: one is missing or they need each other in a circle.

    Args:
        path: names from the service that was asked for to the one that fails.
        reason: what is wrong at the end of the path, with the remedy.
    """

    def __init__(self, path: Sequence[str], reason: str) -> None:
        self.path = tuple(path)
        super().__init__(f"{' -> '.join(path)}: {reason}")


class ServiceStartError(ServiceError):
    """A required service did not start, so the bot does not.

    Args:
        service: its registered name.
        reason: what happened, with the remedy.
    """

    def __init__(self, service: str, reason: str) -> None:
        self.service = service
        super().__init__(f"Service {service!r} did not start: {reason}")


class CacheValueError(ServiceError):
    """A value cannot be cached: too large, or it would not come back as it went in; nothing was stored.

    Args:
        key: the key, as given.
        path: where in the value, for example ``$.scores[2]``.
        type_name: the type found there.
        reason: why it does not fit.
    """

    def __init__(self, key: str, path: str, type_name: str, reason: str) -> None:
        self.key = key
        self.path = path
        self.type_name = type_name
        super().__init__(f"cache key {key!r:.80}: {path:.80} ({type_name}) {reason}")


class JobError(ServiceError):
    """A job cannot be scheduled that way; nothing was stored.

    Args:
        job: its name, that of its handler, or its time.
        reason: what is wrong, with the remedy.
    """

    def __init__(self, job: str, reason: str) -> None:
        self.job = job
        super().__init__(f"Job {job!r} {reason}")


class ScheduleError(JobError):
    """A time that is no time, or never comes."""


class JobPayloadError(JobError):
    """What a job was to carry cannot be stored, is too large, or is not what its handler takes."""


class AuditError(ServiceError):
    """An audit event is malformed, or could not be stored where it had to be.

    Args:
        action: what was to be recorded.
        reason: what is wrong, with the remedy.
    """

    user_message = "This could not be recorded, so it was not done. Please try again in a minute."

    def __init__(self, action: str, reason: str) -> None:
        self.action = action
        super().__init__(f"Audit event {action!r}: {reason}")


class SpoolError(ServiceError):
    """The file in which audit events wait for the database cannot be used; nothing was stored.

    Args:
        file: its path.
        reason: what went wrong.
    """

    def __init__(self, file: str, reason: str) -> None:
        self.file = file
        super().__init__(
            f"the audit spool {file}: {reason}. Check the folder and the space on its disk, or set DATA_DIR"
        )


class DatabaseError(ServiceError):
    """The database cannot do what was asked; nothing was changed."""

    user_message = "Saved data can't be reached right now. Nothing was changed; please try again in a minute."


class WriteUncertainError(DatabaseError):
    """The database was told to store something, and its answer was lost: it may be stored, or not."""

    user_message = (
        "Saved data can't be reached right now, and it is not known whether this was saved. "
        "Please look before you try again."
    )


class SchemaError(DatabaseError):
    """The database's tables are not those that this version of Wisp works with."""


class RedisError(ServiceError):
    """Redis cannot do what was asked: it is away, refuses, or is no Redis."""


class CopyRefusedError(DatabaseError):
    """One database is not copied into another; the target is as it was."""


class GuildDataError(ServiceError):
    """Guild data was asked for, or stored, under something that is no address.

    Args:
        guild_id: the guild's id, as given.
        key: the key, as given.
        reason: what is wrong with the address or the value.
    """

    def __init__(self, guild_id: int, key: str, reason: str) -> None:
        self.guild_id = guild_id
        self.key = key
        super().__init__(f"guild {guild_id!r}, key {key!r:.80}: {reason}")


class GuildValueError(GuildDataError):
    """A value is too large, or would not come back as it went in; nothing was stored.

    Args:
        type_name: the type that does not fit.
    """

    def __init__(self, guild_id: int, key: str, type_name: str, reason: str) -> None:
        self.type_name = type_name
        super().__init__(guild_id, key, f"{type_name}: {reason}")


# --- modules ---------------------------------------------------------------------------------------------


class ModuleError(WispError):
    """A module cannot be registered, loaded, switched or unloaded.

    Args:
        module: its name.
        reason: what is wrong, with the remedy.
    """

    def __init__(self, module: str, reason: str) -> None:
        self.module = module
        self.reason = reason
        super().__init__(f"Module {module!r}: {reason}")


class PackageError(ModuleError):
    """A module of an installed package cannot be had.

    Args:
        module: the name by which it was asked for.
        package: the distribution that brings it; empty where there is none.
        reason: what is wrong, with the remedy.
    """

    def __init__(self, module: str, package: str, reason: str) -> None:
        self.package = package
        super().__init__(module, f"of the package {package}: {reason}" if package else reason)


class SwitchError(ModuleError):
    """A guild's switch cannot be set that way; the reason is fit for the member who asked."""

    def __init__(self, module: str, reason: str) -> None:
        super().__init__(module, reason)
        self.user_message = reason


class DependentSwitchError(SwitchError):
    """Other modules would have to be switched along; nothing was changed.

    Args:
        module: what was to be switched.
        others: those that have to be on for it to be on, or off for it to be off, in that order.
        enabled: which way it was to be switched.
    """

    def __init__(self, module: str, others: Sequence[str], *, enabled: bool) -> None:
        self.others = tuple(others)
        self.enabled = enabled
        names = ", ".join(f"`{name}`" for name in others)
        are = "is" if len(self.others) == 1 else "are"
        super().__init__(
            module,
            f"`{module}` needs {names}, which {are} off here."
            if enabled
            else f"`{module}` is needed by {names}, which {are} on here.",
        )


class PolicyError(WispError):
    """A rule cannot be set that way; the reason is fit for the member who asked.

    Args:
        reason: what is wrong, with the remedy.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.user_message = reason


# --- command lists ---------------------------------------------------------------------------------------


def list_name(guild_id: int | None) -> str:
    """A command list as people speak of it; None is the global one."""
    return "the global list" if guild_id is None else f"the list of guild {guild_id}"


class SyncRefusedError(WispError):
    """Discord does not take or show a command list, and would not if it were asked again."""


class CommandsRefusedError(SyncRefusedError):
    """Discord does not take some commands of a list; without them it may take the list.

    Args:
        reasons: what Discord says of each, by name.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


class CreatesSpentError(WispError):
    """The new commands of a list have to wait: Discord's limit of a day is reached.

    Args:
        guild_id: whose list; None for the global one.
        waiting: how many commands are not listed yet.
    """

    def __init__(self, guild_id: int | None, waiting: int) -> None:
        self.guild_id = guild_id
        self.waiting = waiting
        super().__init__(
            f"{list_name(guild_id)}: {waiting} new commands wait, for Discord takes no more new ones today. "
            "All else is up to date."
        )


class PlanRefusedError(WispError):
    """A plan would not bring the command lists in step, so nothing of it is sent.

    Args:
        problems: one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["The plan is refused.", *(f"  - {text}" for text in problems)]))


# --- refusals: raised by gates, answered by the road, caught by nobody in between ------------------------


class RefusedError(WispError):
    """An invocation is not let through; ``user_message`` tells the member why."""

    gate: ClassVar[str] = "refused"
    can_be_told: ClassVar[bool] = True
    """Whether Discord still takes an answer."""


class ModuleDisabledError(RefusedError):
    """The module that owns this is switched off here."""

    gate = "module"

    def __init__(self, module: str, guild_id: int | None) -> None:
        self.module = module
        self.guild_id = guild_id
        where = f"guild {guild_id}" if guild_id is not None else "every guild"
        super().__init__(f"module {module!r} is off in {where}")
        self.user_message = f"The module `{module}` is switched off here."


class TooOldError(RefusedError):
    """The interaction came so late that Discord takes no answer to it any more; nothing was done.

    Args:
        age_s: how old it is, in seconds.
    """

    gate = "age"
    can_be_told = False
    user_message = "That took too long to arrive. Please try again."

    def __init__(self, age_s: float) -> None:
        self.age_s = age_s
        super().__init__(f"it came {age_s:.1f} s late, and Discord waits for 3")


class ExpiredError(RefusedError):
    """The button, menu or form is older than the code that answered it."""

    gate = "expired"
    user_message = "This has expired. Please run the command again."


class GuildOnlyError(RefusedError):
    """Works only inside a guild."""

    gate = "guild_only"
    user_message = "This works only in a server, not in a direct message."


class OwnerOnlyError(RefusedError):
    """Only the bot's owner may do this."""

    gate = "owner"
    user_message = "Only the owner of this bot may do that."


class MissingPermissionsError(RefusedError):
    """The member lacks permissions.

    Args:
        missing: Discord's permission names, for example ``manage_guild``.
    """

    gate = "permissions"

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        names = ", ".join(name.replace("_", " ").title() for name in missing)
        super().__init__(f"missing permissions: {', '.join(missing)}")
        self.user_message = f"You need the permission {names} for that."


class BotPermissionsError(RefusedError):
    """The bot itself lacks permissions.

    Args:
        missing: Discord's permission names, for example ``ban_members``.
    """

    gate = "bot_permissions"

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        names = ", ".join(name.replace("_", " ").title() for name in missing)
        super().__init__(f"the bot lacks permissions: {', '.join(missing)}")
        self.user_message = f"I need the permission {names} for that."


class PolicyDeniedError(RefusedError):
    """A rule of the guild says no.

    Args:
        rule: the rule, as a sentence for the operator; None where the rules could not be read.
    """

    gate = "policy"

    def __init__(self, rule: str | None) -> None:
        self.rule = rule
        if rule is None:
            super().__init__("the rules of this guild could not be read yet")
            self.user_message = (
                "The rules of this server can't be read right now. Please try again in a minute."
            )
            return
        super().__init__(f"rule: {rule}")
        self.user_message = "A rule of this server does not let you use this here."


class CooldownError(RefusedError):
    """It was used too often lately.

    Args:
        retry_after_s: after how many seconds it may be used again.
    """

    gate = "cooldown"

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"used too often; again in {retry_after_s:.1f} s")
        self.user_message = f"Please wait {math.ceil(retry_after_s)} s and try again."


class BusyError(RefusedError):
    """As many of it run already as may run at once.

    Args:
        limit: how many may.
    """

    gate = "concurrency"
    user_message = "This is running already. Please wait until it is done."

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"{limit} of it run already")


class CheckRefusedError(RefusedError):
    """A check of the author, with discord.py's own means, said no.

    Args:
        reason: what it raised, for the operator.
        sentence: for the member.
    """

    gate = "checks"

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.user_message = sentence


class ShuttingDownError(RefusedError):
    """The bot is stopping and takes nothing new."""

    gate = "draining"
    user_message = "The bot is restarting. Please try again in a moment."


# --- command line ----------------------------------------------------------------------------------------


class CommandLineError(WispError):
    """What was asked on the command line cannot be done; one sentence with the remedy."""


class TargetError(CommandLineError):
    """What should be run cannot be loaded.

    Args:
        target: what was named, for example ``mybot:app``.
        reason: what is wrong with it, with the remedy.
    """

    def __init__(self, target: str, reason: str) -> None:
        self.target = target
        self.reason = reason
        super().__init__(f"Cannot load {target!r}: {reason}")


class LineError(CommandLineError):
    """A line of a dialogue cannot be read.

    Args:
        line: as it was written.
        reason: what is wrong with it, with the remedy.
    """

    def __init__(self, line: str, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"The line {line!r} {reason}")
