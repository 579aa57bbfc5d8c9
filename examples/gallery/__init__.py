"""Everything that a bot can show, one message after another: what the playground's page is looked at with.

Run it without Discord: ``wisp dev examples.gallery:app``, then ``/gallery``. In the backstage, under
Traffic, each message gets its JSON beside it.
"""

from examples.gallery.module import GalleryModule
from wisp_framework import AppConfig, WispApp, create_app

__all__ = ["GalleryModule", "app"]


def app(config: AppConfig | None = None) -> WispApp:
    """The bot; without settings it reads them from the environment."""
    return create_app(config, modules=[GalleryModule])
