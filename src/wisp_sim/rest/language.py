"""In which language a request wants its answer."""

from collections.abc import Mapping

from wisp_sim.model.locale import LOCALES

_BY_CODE = {locale.lower(): locale for locale in LOCALES}


def language_of(headers: Mapping[str, str], setting: str) -> str:
    """The client's language, else the first that it accepts and Discord has, else the user's own.

    Source: https://docs.discord.com/developers/interactions/application-commands#retrieving-localized-commands
    """
    asked = [headers.get("X-Discord-Locale", ""), *headers.get("Accept-Language", "").split(",")]
    for wanted in asked:
        code = wanted.partition(";")[0].strip().lower()
        for known in (code, code.partition("-")[0]):
            if known in _BY_CODE:
                return _BY_CODE[known]
    return setting
