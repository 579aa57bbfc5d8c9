"""Every answer of every offline Discord of this process: what was served, and what Discord would not say."""

import json

import pytest
from aiohttp import web

from support.openapi import Description
from wisp_sim.model.errors import ApiError
from wisp_sim.rest.app import ROUTES, RestApp
from wisp_sim.rest.call import Access, Reply, Route
from wisp_sim.rest.router import Router


class Record:
    """What the routes answered.

    Answers are taken where they are made: a fault that spoils one on its way spoils it on purpose.

    Args:
        known: what they are held against; None if it is not there.
    """

    def __init__(self, known: Description | None) -> None:
        self.succeeded: set[str] = set()
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
        if found is not None and reply.status < 400:
            self.succeeded.add(name_of(found[0]))
        if self.known is not None:
            body = None if reply.body is None else json.loads(json.dumps(reply.body))
            self._problems.update(self.known.problems(request.method, path, reply.status, body))

    def take_problems(self) -> list[str]:
        """What was not as described since this was asked last."""
        found, self._problems = sorted(self._problems), set()
        return found

    def never_succeeded(self) -> list[str]:
        """The operations that bots are served and that never answered with a success."""
        served = {name_of(route) for route in ROUTES if route.access is not Access.USER}
        return sorted(served - self.succeeded)


def name_of(route: Route) -> str:
    """A route as people write it."""
    return f"{route.method} {route.path}"


def everything_runs(config: pytest.Config) -> bool:
    """Whether this run leaves no test out."""
    narrowed = (config.option.keyword, config.option.markexpr, config.option.deselect, config.getoption("lf"))
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(narrowed)
