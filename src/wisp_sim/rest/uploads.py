"""Routes about files that come before their message."""

from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rest.places import text_channel
from wisp_sim.rules.drafts import Upload
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.uploads import announce_files, claim


def post_files(call: Call) -> Reply:
    """POST /channels/{channel_id}/attachments: where the files are to be put."""
    text_channel(call, Permission.SEND_MESSAGES | Permission.ATTACH_FILES)
    places = announce_files(call.store, call.user.id, Form(call.body, Errors()))
    return Reply({"attachments": places})


def files_of(call: Call, *, part: str | None = None) -> tuple[Upload, ...]:
    """All files of a request: those that came with it, and those that were brought before.

    Args:
        call: the request.
        part: the field that holds the list of them; None if the body itself does.
    """
    body: object = call.body
    if isinstance(body, dict) and part is not None:
        body = body.get(part)
    if not isinstance(body, dict):
        return call.uploads
    return (*call.uploads, *claim(call.store, call.user.id, Form(body, Errors(), (part,) if part else ())))


ROUTES = (Route("POST", "/channels/{channel_id}/attachments", post_files, Access.USER),)
