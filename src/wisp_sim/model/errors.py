"""Every error that the offline Discord raises on purpose."""


class SimError(Exception):
    """The offline Discord cannot do what was asked; the message says why and what to do."""


class WorldError(SimError):
    """A world is not well described.

    Args:
        path: where in the description, for example ``guilds[0].members[2]``.
        problem: what is wrong there, with the value and the remedy.
    """

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"World: {path}: {problem}" if path else f"World: {problem}")


class SnapshotError(SimError):
    """A snapshot cannot be read or written; the message says which part and why."""


class ApiError(Exception):
    """Discord refuses a request.

    Args:
        status: the HTTP status.
        code: Discord's own number of the refusal.
        message: Discord's words for it.
        errors: the tree that code 50035 carries.
        more: further fields of the answer, such as how long to wait.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        errors: dict[str, object] | None = None,
        more: dict[str, object] | None = None,
    ) -> None:
        self.more = more or {}
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        super().__init__(f"{status} {code}: {message}")

    def body(self) -> dict[str, object]:
        """The JSON that Discord answers with."""
        body: dict[str, object] = {"message": self.message, "code": self.code, **self.more}
        if self.errors is not None:
            body["errors"] = self.errors
        return body
