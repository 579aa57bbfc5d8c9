"""A snapshot in a file."""

from pathlib import Path

from wisp_sim.model.errors import SnapshotError
from wisp_sim.server.snapshot import dump, restore
from wisp_sim.state.store import Store


def load_file(store: Store, file: Path) -> None:
    """Fill an empty store with what `save_file` kept.

    Raises:
        SnapshotError: the file cannot be read or is no snapshot.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{str(file)!r} cannot be read ({error}); name a snapshot") from error
    try:
        restore(store, text)
    except SnapshotError as error:
        raise SnapshotError(f"{str(file)!r}: {error}") from error


def save_file(store: Store, file: Path) -> None:
    """Keep everything that exists in a file; a reader never sees half of it.

    Raises:
        SnapshotError: the file cannot be written.
    """
    draft = file.with_name(f"{file.name}.part")
    try:
        draft.write_text(dump(store), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise SnapshotError(f"{str(file)!r} cannot be written ({error}); choose another place") from error
