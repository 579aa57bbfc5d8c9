"""What an operator should know about settings that are valid and yet unwise."""

from pydantic import SecretStr

from wisp_framework.config.credentials import weak_password
from wisp_framework.config.settings import AppConfig


def advice(config: AppConfig) -> list[str]:
    """One sentence for each such setting, with the remedy and without a secret."""
    urls: dict[str, SecretStr | None] = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url}
    found = [
        f"{name}: {problem}. Change it where the server keeps its users, then here."
        for name, url in urls.items()
        if url is not None and (problem := weak_password(url)) is not None
    ]
    if config.discord_api_url.startswith("http://") and "//127.0.0.1" not in config.discord_api_url:
        found.append("DISCORD_API_URL is not https: the token travels in the clear. Use https, or 127.0.0.1.")
    return found
