"""Reads what comes with a request: JSON, or a form with ``payload_json`` and files."""

import asyncio
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from wisp_sim.model.errors import ApiError
from wisp_sim.rules.drafts import Upload
from wisp_sim.rules.json_text import read_json

MAX_BODY_BYTES = 26 * 1024 * 1024
# Whoever waits for rest waits for open requests, so none may stay half sent.
BODY_LIMIT_S = 10.0


async def read_body(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    """The JSON of a request, and its files in order of their numbers.

    Raises:
        ApiError: it cannot be read.
    """
    if not request.body_exists:
        return {}, ()
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            return await _read(request)
    except TimeoutError as error:
        raise ApiError(408, 0, "408: Request Timeout") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(413, 40005, "Request entity too large") from error
    except web.RequestPayloadError as error:
        # It is not compressed, or not cut into pieces, as its headers say.
        raise ApiError(400, 0, "400: Bad Request") from error


async def _read(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    kind = request.content_type
    if kind == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    if kind == "application/x-www-form-urlencoded":
        return _read_urlencoded(raw), ()
    return (_parse(raw) if raw.strip() else {}), ()


def _parse(raw: bytes | str) -> object:
    try:
        return read_json(raw)
    except ValueError as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error


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
    except (ValueError, AssertionError, RuntimeError, LookupError, HttpProcessingError) as error:
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
            number = _number_of(name, len(uploads))
            uploads.append(Upload(number, as_utf8(part.filename), data, kind and as_utf8(kind)))
        else:
            fields[name] = data.decode("utf-8", "replace")
    return (fields if payload is None else payload), tuple(sorted(uploads, key=lambda upload: upload.index))


def as_utf8(header: str) -> str:
    """A header's value with � for each of its bytes that is no UTF-8; aiohttp keeps those as surrogates."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _number_of(name: str, default: int) -> int:
    digits = name.removeprefix("files[").removesuffix("]")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else default
