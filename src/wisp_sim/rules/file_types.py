"""Which files an option or an upload field takes.

Source: https://docs.discord.com/developers/reference#file-type-filtering
"""

import re

from wisp_sim.rules.form import Form

_MAX_FILE_TYPES = 10
_EXTENSION = re.compile(r"\.[a-z0-9][a-z0-9.+-]{0,29}", re.ASCII)
_GROUPS = {
    "image": (".png", ".gif", ".jpg", ".jpeg", ".jfif", ".webp", ".avif"),
    "video": (".mp4", ".mov", ".qt", ".webm"),
    "audio": (".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac"),
}


def read_file_types(form: Form) -> list[str]:
    """The groups and extensions that a request names, in lower case."""
    found: list[str] = []
    for index, value in enumerate(form.entries("file_types", most=_MAX_FILE_TYPES)):
        name = value.lower() if isinstance(value, str) else ""
        if name not in _GROUPS and not _EXTENSION.fullmatch(name):
            message = f"Value must be one of ({', '.join(_GROUPS)}), or an extension with its dot."
            form.errors.add((*form.path, "file_types", str(index)), "BASE_TYPE_CHOICES", message)
        elif name not in found:
            found.append(name)
    return found


def takes(file_types: object, filename: str) -> bool:
    """Whether a file of this name may be given; all may be where nothing is named."""
    if not isinstance(file_types, list) or not file_types:
        return True
    endings = [ending for name in file_types for ending in _GROUPS.get(str(name), (str(name),))]
    return filename.lower().endswith(tuple(endings))
