"""A PostgreSQL server of the tests' own, on loopback, where its programs are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = [*os.environ.get("PATH", "").split(os.pathsep), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb", path=os.pathsep.join(PLACES))
    return Path(found).resolve().parent if found else None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of an empty database; the server ends, and its files go, with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The server refuses to run as root, and the folders of pytest are root's alone.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bigframe-postgres-") as place:
        if user:
            shutil.chown(place, user)
        data = f"{place}/data"
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c max_connections=200"
        control = [folder / "pg_ctl", "-D", data, "-w", "-s"]
        subprocess.run([folder / "initdb", "-D", data, "-A", "trust", "-U", "tests", "-N"], user=user, cwd=place,
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        subprocess.run([*control, "-o", settings, "-l", f"{place}/log", "start"], user=user, cwd=place, check=True)
        try:
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], user=user, cwd=place, check=True)
