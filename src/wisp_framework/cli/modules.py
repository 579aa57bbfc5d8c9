"""``wisp modules``: which modules a bot has, where they come from, and what each declares."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # the app brings discord.py, which only the command itself should load
    from wisp_framework.app import WispApp
    from wisp_framework.module import Module


def modules(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each, a line each.")
    ] = False,
) -> None:
    """List the modules of a bot with what they declare, and those of installed packages that it does not use.

    Nothing is started, and no token is needed. A module that stays out is listed with the reason.
    """
    from wisp_framework.app.target import load_app, some_token

    with some_token():
        app = load_app(target)
    app.register_modules()
    app.modules.check()
    rows = [*_registered(app), *_unused(app)]
    for row in rows:
        for line in [json.dumps(row, ensure_ascii=False)] if as_json else _lines(row):
            typer.echo(line)


Row = Mapping[str, object]


def _registered(app: "WispApp") -> Iterator[Row]:
    failures = dict(app.modules.failures)
    for name in app.modules.list_modules():
        module, manifest = app.modules.get_module(name), app.modules.manifests.get(name)
        problem = failures.pop(name, None)
        yield {
            "name": name,
            "version": manifest.version,
            "description": module.description,
            "state": "out" if problem else "on" if module.default_enabled else "off unless switched on",
            "from": _source(module),
            "needs": [f"{needed} {demand}".rstrip() for needed, demand in manifest.depends_on.items()],
            "intents": list(manifest.intents),
            "bot permissions": list(manifest.bot_permissions),
            "stored per guild": list(manifest.stored_per_guild),
            "stored per user": list(manifest.stored_per_user),
            "problem": problem.reason if problem else "",
        }
    for name, problem in failures.items():
        yield {"name": name, "state": "out", "problem": problem.reason}


def _source(module: "Module") -> str:
    from wisp_framework.registry import ExtensionModule

    if isinstance(module, ExtensionModule):
        source = module.source
        return source if isinstance(source, str) else f"{source.__module__}:{source.__qualname__}"
    return f"{type(module).__module__}:{type(module).__qualname__}"


def _unused(app: "WispApp") -> Iterator[Row]:
    from wisp_framework.registry.packages import packaged_modules

    known = {*app.modules.list_modules(), *app.modules.failures}
    for name, found in packaged_modules().items():
        if name not in known:
            yield {
                "name": name,
                "version": found.version,
                "state": "not used; name it in WISP_MODULES",
                "from": f"{found.package} ({found.source})",
            }


def _lines(row: Row) -> Iterator[str]:
    title = " ".join(str(row[key]) for key in ("name", "version") if row.get(key))
    yield f"{title}: {row['state']}"
    for key, value in row.items():
        if key in ("name", "version", "state") or not value:
            continue
        text = ", ".join(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        yield f"    {key}: {text}"
