"""The laptop's runtime in this process, spoken to over HTTP, with a clock that is told."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice
from waitress.server import create_server

from chalicelib import wiring
from chalicelib.api import routes
from chalicelib.local.children import listening
from chalicelib.local.files import Files
from chalicelib.local.gateway import Gateway, each_thread_its_own
from chalicelib.local.server import Server
from chalicelib.publishing.bucket import Bucket
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.publication import Publisher
from tests.api.callers import SITE, Told, a_key


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


class Runtime:
    """A running page: `ask` it, let time pass, and it does each minute what is due."""

    def __init__(self, port: int, bucket: Bucket) -> None:
        self.told, self._port = Told(), port
        self._key = a_key()
        self._publisher = Publisher(bucket, SITE, page=self.told.page, now=self.told.now)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; `If_Match` is written for If-Match."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode())
        finally:
            connection.close()

    def say(self, path: str, **body: Any) -> Any:
        """Post to the API, and let the table's stream wake the publisher; what was stored."""
        answer = self.ask("POST", f"/api/v1{path}", body)
        assert answer.status in (200, 201), answer.text
        self._publisher.publish()
        return answer.json

    def change(self, path: str, **body: Any) -> Any:
        """Change what stands, whatever its version; what it is then."""
        answer = self.ask("PATCH", f"/api/v1{path}", body, If_Match="*")
        assert answer.status == 200, answer.text
        self._publisher.publish()
        return answer.json

    def told_by(self, path: str) -> list[str]:
        """What the API tells of a story: its updates' words, newest first."""
        return [update["body"] for update in self.ask("GET", f"/api/v1{path}").json["updates"]]

    def get(self, path: str) -> str:
        """A file of the site."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.text)
        return answer.text

    def pass_minutes(self, minutes: int) -> None:
        """Let minutes pass, in the last of which the schedule calls."""
        self.told.pass_time(minutes=minutes)
        keep_time(self.told.now, self.told.new_id)
        self._publisher.publish()


@contextmanager
def running(bucket: Bucket) -> Iterator[Runtime]:
    """The runtime on this table and bucket."""
    with listening() as listener:
        runtime = Runtime(listener.getsockname()[1], bucket)
        app = each_thread_its_own(Chalice("candor-journey", configure_logs=False, env={}))
        routes.register(app, runtime.told)
        site = Server(Files(wiring.s3(), bucket.name), Gateway(app))
        server: Any = create_server(site, sockets=[listener], threads=8)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield runtime
        finally:
            server.trigger.pull_trigger(lambda: [each.close() for each in list(server._map.values())])
            thread.join(20)
            server.task_dispatcher.shutdown()
