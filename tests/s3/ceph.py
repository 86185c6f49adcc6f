"""Ceph's S3 gateway on loopback with its data in memory, for the length of one command: ``python -m tests.s3.ceph COMMAND``."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

SERVER = "BIGFRAME_TEST_S3"

PACKAGES = {
    "ceph": "ceph-common",
    "ceph-authtool": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "monmaptool": "ceph-base",
    "radosgw": "radosgw",
    "radosgw-admin": "ceph-common",
}
"""Debian package of each program."""

STARTUP = 90.0
"""Seconds; about ten where nothing else runs."""

# One monitor and one memory store answer for everything, so nothing is replicated and nothing is spread.
# cephx stays on: without it the gateway cannot fetch its configuration from the monitor.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
crash dir = {folder}
mon data = {folder}/mon
mon cluster log file = {folder}/cluster.log
mon allow pool size one = true
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd class load list = *
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd crush chooseleaf type = 0
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{rgw} tcp_nodelay=1
"""

EVERYTHING = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
OWN_PROFILE = ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *")


def missing() -> list[str]:
    """Programs that are not installed."""
    return [program for program in PACKAGES if shutil.which(program) is None]


@contextmanager
def gateway() -> Iterator[str]:
    """A gateway as ``http://key:secret@host:port`` while the block runs; its daemons end with the block."""
    with tempfile.TemporaryDirectory(prefix="ceph-") as name, ExitStack() as daemons:
        folder = Path(name)
        v2, v1, rgw = _free_ports(3)
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        configuration = folder / "ceph.conf"
        configuration.write_text(CONFIGURATION.format(fsid=fsid, v2=v2, v1=v1, rgw=rgw, folder=folder))
        for data in ("mon", "osd", "rgw"):
            (folder / data).mkdir()

        def run(program: str, *arguments: str) -> None:
            _run(program, "-c", str(configuration), *arguments)

        def start(program: str, *arguments: str) -> None:
            daemons.enter_context(_daemon(folder, program, "-f", "-c", str(configuration), *arguments))

        keyring, monitors = str(folder / "keyring"), str(folder / "monmap")
        run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        # The monitor takes over every key that is in the ring when it is made.
        run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *EVERYTHING)
        run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", *OWN_PROFILE)
        run("monmaptool", "--create", "--fsid", fsid, "--addv", "m", f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]", monitors)
        run("ceph-mon", "--mkfs", "-i", "m", "--monmap", monitors, "--keyring", keyring)
        start("ceph-mon", "-i", "m")
        run("ceph", "--connect-timeout", f"{STARTUP:.0f}", "osd", "create", osd)
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        start("ceph-osd", "-i", "0")
        key, secret = secrets.token_hex(10), secrets.token_hex(20)
        user = ("--uid=tester", "--display-name=tester", f"--access-key={key}", f"--secret={secret}")
        run("radosgw-admin", "user", "create", *user)
        start("radosgw", "-n", "client.admin")
        _wait_until_answered(f"http://127.0.0.1:{rgw}")
        yield f"http://{key}:{secret}@127.0.0.1:{rgw}"


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=STARTUP
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed with code {done.returncode}:\n{done.stdout}")


@contextmanager
def _daemon(folder: Path, *command: str) -> Iterator[None]:
    with (folder / f"{command[0]}.out").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_until_answered(url: str) -> None:
    end = time.monotonic() + STARTUP
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError) as error:
            if time.monotonic() > end:
                raise SystemExit(f"the gateway did not answer within {STARTUP:.0f} s: {error}") from None
            time.sleep(0.2)


def main(command: list[str]) -> int:
    """Run a command with BIGFRAME_TEST_S3 naming a fresh gateway; its exit code."""
    absent = missing()
    if absent:
        packages = " ".join(sorted({PACKAGES[program] for program in absent}))
        print(f"{', '.join(absent)} not found; as root: apt-get install --no-install-recommends {packages}")  # noqa: T201
        return 1
    # Unwind, so that a command which is cut off takes its daemons along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with gateway() as url:
        return subprocess.run(command, check=False, env={**os.environ, SERVER: url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
