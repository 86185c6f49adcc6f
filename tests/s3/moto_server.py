"""moto's S3 served by cheroot on a free loopback port, in a process of its own."""

from __future__ import annotations

import io
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.s3.bucket import Server
from tests.s3.process import Child, ready

EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}

THREADS = 8
BACKLOG = 128


class MotoServer:
    """A running moto; anybody may do anything on it, except while `signatures_checked`."""

    def __init__(self) -> None:
        self._child = Child("tests.s3.moto_server")
        self.server = Server("moto", self._child.said["endpoint"], "testing", "a-secret-nobody-checks")

    @contextmanager
    def signatures_checked(self) -> Iterator[Server]:
        """Only calls signed by a user that IAM knows are answered meanwhile; the server with such a user's key."""
        iam = self.server.client("iam")
        iam.create_user(UserName="tester")
        iam.put_user_policy(UserName="tester", PolicyName="s3", PolicyDocument=json.dumps(EVERYTHING))
        made = iam.create_access_key(UserName="tester")["AccessKey"]
        self._answer_unsigned("0")
        try:
            yield Server("moto", self.server.endpoint, made["AccessKeyId"], made["SecretAccessKey"])
        finally:
            self._answer_unsigned("inf")
            iam.delete_access_key(UserName="tester", AccessKeyId=made["AccessKeyId"])
            iam.delete_user_policy(UserName="tester", PolicyName="s3")
            iam.delete_user(UserName="tester")

    def stop(self) -> None:
        self._child.stop()

    def _answer_unsigned(self, calls: str) -> None:
        """Let this many calls through before signatures are checked."""
        url = f"{self.server.endpoint}/moto-api/reset-auth"
        order = urllib.request.Request(url, calls.encode(), {"Content-Type": "text/plain"}, method="POST")
        urllib.request.urlopen(order).close()


def main() -> None:
    """Serve until the parent ends."""
    from cheroot.wsgi import Server as WSGIServer
    from moto import backends
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    # moto looks twice through the folders of its own package for every call, which takes longer than most calls.
    services = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    moto = DomainDispatcherApplication(create_backend_app)
    one_at_a_time = threading.Lock()

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        # Signatures cover the path as it was sent, which moto looks up under werkzeug's name for it.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        body = environ["wsgi.input"].read()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        # moto's dictionaries are not safe against threads: a listing beside an upload answers 500.
        with one_at_a_time:
            return moto(environ, start_response)

    server = WSGIServer(("127.0.0.1", 0), application, numthreads=THREADS, request_queue_size=BACKLOG)
    # Its ten would close connections under a client that reads ranges concurrently, and counting them takes a while.
    server.keep_alive_conn_limit = None
    server.prepare()
    ready(endpoint=f"http://127.0.0.1:{server.bind_addr[1]}")
    server.serve()


if __name__ == "__main__":
    main()
