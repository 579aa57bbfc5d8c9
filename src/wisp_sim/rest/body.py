"""Reads what comes with a request: JSON, or a form with ``payload_json`` and files."""

import json
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web

from wisp_sim.model.errors import ApiError
from wisp_sim.rules.drafts import Upload

MAX_BODY_BYTES = 26 * 1024 * 1024


async def read_body(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    """The JSON of a request, and its files in order of their numbers.

    Raises:
        ApiError: it cannot be read.
    """
    if not request.body_exists:
        return {}, ()
    kind = request.content_type
    if kind == "multipart/form-data":
        return await _read_multipart(request)
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(413, 40005, "Request entity too large") from error
    if kind == "application/x-www-form-urlencoded":
        return _read_urlencoded(raw), ()
    return (_parse(raw) if raw.strip() else {}), ()


def _parse(raw: bytes | str) -> object:
    try:
        data: object = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error
    return data


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _read_urlencoded(raw: bytes) -> object:
    try:
        fields = parse_qs(raw.decode(), max_num_fields=100)
    except ValueError as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error
    payload = fields.get("payload_json")
    if payload:
        return _parse(payload[0])
    return {name: values[0] for name, values in fields.items()}


async def _read_multipart(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    try:
        return await _read_parts(request)
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(413, 40005, "Request entity too large") from error
    except (ValueError, AssertionError, RuntimeError, LookupError) as error:
        raise ApiError(400, 50035, "Invalid Form Body") from error


async def _read_parts(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    fields: dict[str, object] = {}
    payload: object = None
    uploads: list[Upload] = []
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise ApiError(400, 50035, "Invalid Form Body")
        data = bytes(await part.read())
        total += len(data)
        if total > MAX_BODY_BYTES:
            raise ApiError(413, 40005, "Request entity too large")
        name = part.name or ""
        if name == "payload_json":
            payload = _parse(data)
        elif part.filename is not None:
            kind = part.headers.get("Content-Type")
            uploads.append(Upload(_number_of(name, len(uploads)), part.filename, data, kind))
        else:
            fields[name] = data.decode("utf-8", "replace")
    return (fields if payload is None else payload), tuple(sorted(uploads, key=lambda upload: upload.index))


def _number_of(name: str, default: int) -> int:
    digits = name.removeprefix("files[").removesuffix("]")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else default
