"""What a member is told about an error: a safe sentence, or none where only a reference helps."""

import math

import discord
from discord import app_commands
from discord.ext import commands

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import (
    BotPermissionsError,
    CheckRefusedError,
    GuildOnlyError,
    MissingPermissionsError,
    OwnerOnlyError,
    RefusedError,
    WispError,
)


def root_cause(error: BaseException) -> BaseException:
    """The exception that a command raised, without the wrappings of discord.py."""
    while isinstance(
        error, app_commands.CommandInvokeError | commands.CommandInvokeError | commands.HybridCommandError
    ):
        error = error.original
    return error


def sentence_for(error: BaseException) -> str | None:
    """The sentence for an expected error; None for one that is the author's to look at."""
    refusal = as_refusal(error)
    if refusal is not None:
        return refusal.user_message
    if isinstance(error, WispError):
        return error.user_message
    return _sentence_for_input(error)


def as_refusal(error: BaseException) -> RefusedError | None:
    """A refusal, ours or that of discord.py's own checks, as one of our types; None for a failure."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, app_commands.MissingPermissions | commands.MissingPermissions):
        return MissingPermissionsError(error.missing_permissions)
    if isinstance(error, app_commands.BotMissingPermissions | commands.BotMissingPermissions):
        return BotPermissionsError(error.missing_permissions)
    if isinstance(error, app_commands.NoPrivateMessage | commands.NoPrivateMessage):
        return GuildOnlyError()
    if isinstance(error, commands.NotOwner):
        return OwnerOnlyError()
    sentence = _sentence_for_check(error)
    return CheckRefusedError(words_of(error), sentence) if sentence is not None else None


def _sentence_for_check(error: BaseException) -> str | None:
    if isinstance(error, app_commands.CommandOnCooldown | commands.CommandOnCooldown):
        return f"Please wait {math.ceil(error.retry_after)} s and try again."
    if isinstance(error, commands.MaxConcurrencyReached):
        return "This is running already. Please wait until it is done."
    if isinstance(error, app_commands.MissingRole | app_commands.MissingAnyRole):
        return "You lack the role for that."
    if isinstance(error, app_commands.CheckFailure | commands.CheckFailure):
        return "You may not do that here."
    return None


def _sentence_for_input(error: BaseException) -> str | None:
    if isinstance(error, app_commands.TransformerError):
        return f"`{discord.utils.escape_markdown(str(error.value))[:100]}` is not a valid value here."
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return "This command has changed. Please reload Discord and try again."
    if isinstance(error, commands.MissingRequiredArgument):
        return f"The argument `{error.param.name}` is missing."
    if isinstance(error, commands.UserInputError):
        return "I can't make sense of these arguments."
    return None
