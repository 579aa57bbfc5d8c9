"""Every answer of every offline Discord of this process: what was served, and what Discord would not say."""

import json
import os
from pathlib import Path

import pytest
from aiohttp import web

from support.openapi import Description
from wisp_sim.model.errors import ApiError
from wisp_sim.rest.app import ROUTES, RestApp
from wisp_sim.rest.call import Reply, Route
from wisp_sim.rest.router import Router

_SAID_BEFORE_A_ROUTE_IS_ASKED = {0, 20001, 20002, 50109}
"""No code of Discord's; for bots only; for people only; no JSON."""


class Record:
    """What the routes answered.

    Answers are taken where they are made: a fault that spoils one on its way spoils it on purpose.
    ``generated`` is true while a test makes up its requests: no test looks at what refuses those.

    Args:
        known: what they are held against; None if it is not there.
    """

    def __init__(self, known: Description | None) -> None:
        self.succeeded: set[str] = set()
        self.refused: set[str] = set()
        self.generated = False
        self.known = known
        self._problems: set[str] = set()
        self._router = Router(ROUTES)

    def begin(self) -> None:
        """Record from now on, in all of this process."""
        answer = RestApp._answer

        async def recorded(app: RestApp, request: web.Request) -> Reply:
            try:
                reply = await answer(app, request)
            except ApiError as error:
                self._note(request, Reply(error.body(), error.status))
                raise
            self._note(request, reply)
            return reply

        RestApp._answer = recorded  # type: ignore[method-assign, assignment]  # for every Sim

    def _note(self, request: web.Request, reply: Reply) -> None:
        path = request.path.removeprefix("/api").removeprefix("/v10").removeprefix("/v9")
        found = self._router.find(request.method, path.strip("/").split("/"))
        if found is not None:
            self._count(name_of(found[0]), reply)
        if self.known is not None:
            body = None if reply.body is None else json.loads(json.dumps(reply.body))
            self._problems.update(self.known.problems(request.method, path, reply.status, body))

    def _count(self, name: str, reply: Reply) -> None:
        if reply.status < 400:
            self.succeeded.add(name)
        elif not self.generated and _code(reply) not in _SAID_BEFORE_A_ROUTE_IS_ASKED:
            self.refused.add(name)

    def save(self, folder: Path) -> None:
        """Write down what succeeded and what refused, for a process that looks back on several."""
        said = {"succeeded": sorted(self.succeeded), "refused": sorted(self.refused)}
        (folder / f"{os.getpid()}.json").write_text(json.dumps(said), "utf-8")

    def load(self, folder: Path) -> None:
        """Count what other processes wrote down as well."""
        for file in folder.glob("*.json"):
            said = json.loads(file.read_text("utf-8"))
            self.succeeded |= set(said["succeeded"])
            self.refused |= set(said["refused"])

    def take_problems(self) -> list[str]:
        """What was not as described since this was asked last."""
        found, self._problems = sorted(self._problems), set()
        return found

    def never_succeeded(self) -> list[str]:
        """The operations that never answered with a success."""
        return sorted(set(map(name_of, ROUTES)) - self.succeeded)

    def never_refused(self) -> list[str]:
        """The operations that never refused anything with a code of Discord's."""
        return sorted(set(map(name_of, ROUTES)) - self.refused)


def _code(reply: Reply) -> object:
    return reply.body.get("code") if isinstance(reply.body, dict) else 0


def name_of(route: Route) -> str:
    """A route as people write it."""
    return f"{route.method} {route.path}"


def everything_runs(config: pytest.Config) -> bool:
    """Whether this run, or the one on which it looks back, leaves no test out."""
    if "WISP_RECORDS" in os.environ:
        return True
    options = config.option
    narrowed = (options.keyword, options.markexpr, options.deselect, config.getoption("lf", default=False))
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(narrowed)
