"""Files that a user's client brings before the message that they belong to.

Source: user clients; https://docs.discord.food/topics/cloud-uploads
"""

from urllib.parse import quote

from wisp_sim.model.errors import ApiError
from wisp_sim.model.message import UploadedFile
from wisp_sim.model.payload import Payload
from wisp_sim.model.token import make_secret
from wisp_sim.rules.drafts import MAX_FILE_BYTES, MAX_FILES, Upload
from wisp_sim.rules.form import Form
from wisp_sim.state.store import Store

_MAX_NAME_CHARS = 1024


def announce_files(store: Store, user_id: int, form: Form) -> list[Payload]:
    """Let the files that a request names be brought; where to, in its order.

    Raises:
        ApiError: 50035, or 40005 if one of them is too big.
    """
    entries = form.forms("files", least=1, most=MAX_FILES, required=True)
    read = [
        (
            entry.data.get("id"),
            entry.text("filename", min_chars=1, max_chars=_MAX_NAME_CHARS, required=True) or "",
            entry.integer("file_size", least=0, required=True) or 0,
        )
        for entry in entries
    ]
    form.errors.check()
    if any(size > MAX_FILE_BYTES for _, _, size in read):
        raise ApiError(413, 40005, "Request entity too large")
    return [_place(store, user_id, reference, filename) for reference, filename, _ in read]


def _place(store: Store, user_id: int, reference: object, filename: str) -> Payload:
    key = f"{make_secret()}/{filename.replace('/', '_')}"
    store.uploaded[key] = UploadedFile(user_id, filename)
    return {
        "id": reference if isinstance(reference, str | int) else None,
        "upload_url": f"{store.base_url}/uploads/{quote(key, errors='replace')}",
        "upload_filename": key,
    }


def claim(store: Store, user_id: int, form: Form) -> tuple[Upload, ...]:
    """The files that this user brought before, and that a request now names.

    Raises:
        ApiError: 50035, one of them was never brought, or by somebody else.
    """
    found = []
    # What else is wrong with the list is found where all of it is read.
    entries = form.data.get("attachments")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and entry.get("uploaded_filename") is not None:
            part = Form(entry, form.errors, (*form.path, "attachments", str(index)))
            found.append(_claimed(store, user_id, part, index))
    form.errors.check()
    return tuple(upload for upload in found if upload is not None)


def _claimed(store: Store, user_id: int, form: Form, index: int) -> Upload | None:
    place = form.snowflake("id")
    file = store.uploaded.get(form.text("uploaded_filename") or "")
    if file is None or file.user_id != user_id or file.data is None:
        form.fail("uploaded_filename", "ATTACHMENT_UPLOAD_NOT_FOUND", "The uploaded file was not found")
        return None
    return Upload(index if place is None else place, file.filename, file.data, file.content_type)
