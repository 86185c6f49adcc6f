"""Names of driver processes as owners of jobs, and whether such a process is known to be gone."""

from __future__ import annotations

import os
import socket


def owner_name(process: int) -> str:
    """The name of a process of this machine, by its number.

    Examples
    --------
    >>> owner_name(17).endswith("/17")
    True
    """
    return f"{socket.gethostname()}/{process}"


def known_dead(owner: str) -> bool:
    """Whether an owner was a process of this machine and has ended.

    Of another machine's processes, and where the number belongs to a new process, it is not known; their leases run
    out. Nothing breaks if two machines share a name: the owner that was taken for dead has lost its token.

    Examples
    --------
    >>> known_dead(owner_name(os.getpid())), known_dead("elsewhere/1")
    (False, False)
    """
    host, _, process = owner.rpartition("/")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
