"""Calls of Discord's API that were never made, for those who are told of them."""

from wisp_framework.transport import Priority, RestCall


def call(priority: Priority = Priority.NORMAL, *, bot: str | None = "token") -> RestCall:
    """One that is about to be sent."""
    return RestCall("POST", "/channels/{channel_id}/messages", priority, bot=bot)


def answered(status: int, *, limit: str | None = None, retry_after_s: float = 0.0) -> RestCall:
    """One that is over."""
    made = call()
    made.status, made.limit, made.retry_after_s = status, limit, retry_after_s
    return made


def of_webhook(webhook_id: int, status: int | None = None, code: int = 0, mark: str = "mark") -> RestCall:
    """One of a webhook."""
    made = RestCall("POST", "/webhooks/{webhook_id}/{webhook_token}", Priority.BULK)
    made.webhook, made.status, made.code = (webhook_id, mark), status, code
    return made
