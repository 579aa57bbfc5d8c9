"""A small bot for a club: notes, meetings with a button, and stars for good messages.

Run it without Discord: ``wisp dev examples.demo:app``.
"""

from examples.demo.meetings import MeetingsModule
from examples.demo.notes import NotesModule
from examples.demo.stars import StarsModule
from wisp_framework import AppConfig, WispApp, create_app

__all__ = ["MeetingsModule", "NotesModule", "StarsModule", "app"]


def app(config: AppConfig | None = None) -> WispApp:
    """The bot; without settings it reads them from the environment."""
    return create_app(config, modules=[NotesModule, MeetingsModule, StarsModule])
