"""The playground: a page that ``wisp dev`` serves, to use a bot as its members would."""

from wisp_framework.playground.greeting import greet
from wisp_framework.playground.server import Playground, PlaygroundError
from wisp_framework.playground.stage import Stage

__all__ = ["Playground", "PlaygroundError", "Stage", "greet"]
