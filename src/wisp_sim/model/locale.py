"""The languages of Discord's clients.

Source: https://docs.discord.com/developers/reference#locales
"""

DEFAULT_LOCALE = "en-US"
LOCALES = (
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
    "zh-TW", "ko",
)  # fmt: skip
# Which language stands in for one that a command does not have, before its default does.
# Source: https://docs.discord.com/developers/interactions/application-commands#locale-fallbacks
FALLBACKS = {"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES"}
