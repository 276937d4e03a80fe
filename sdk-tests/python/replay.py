"""Recordings of providers, and a server that plays one of them to whoever asks."""

import contextlib
import json
import os
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(os.environ.get("TIDEGATE_FIXTURES") or Path(__file__).resolve().parents[3] / "shared" / "fixtures")

FOLDERS = {"anthropic": ["anthropic/messages", "anthropic/errors"]}
FOLDERS["openai"] = ["gemini/openai-compat-chat", "openai/errors"] + [
    f"{provider}/chat"
    for provider in (
        "alibaba azure bedrock cerebras crusoe deepseek groq heroku huggingface mistral moonshot ollama openai "
        "openai-compatible openrouter perplexity snowflake together xai zai"
    ).split()
]
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}

# What belongs to one connection or one encoding of the body, and is not said again.
HOP = {"connection", "content-encoding", "content-length", "date", "set-cookie", "server", "transfer-encoding"}
# Sizes a body is cut into, in turn: inside lines, inside characters, across events.
PIECES = (1, 313, 7, 1021, 4099)


@dataclass
class Case:
    """One recorded exchange, or one made up in its place."""

    name: str
    dialect: str
    status: int
    headers: dict
    body: bytes
    is_stream: bool
    request: bytes | None = None

    def __str__(self):
        return self.name


def load(meta, dialect):
    said = json.loads(meta.read_text())
    files, response = said["files"], said["response"]
    answer = meta.parent / files["response"]
    kind = {".sse": "text/event-stream", ".html": "text/html"}.get(answer.suffix, "application/json")
    headers = {name.lower(): value for name, value in response["headers"].items() if name.lower() not in HOP}
    return Case(
        name=said["case"],
        dialect=dialect,
        status=response["status"],
        headers={"content-type": kind} | {name: value for name, value in headers.items() if isinstance(value, str)},
        body=answer.read_bytes(),
        is_stream=answer.suffix == ".sse",
        request=(meta.parent / files["request"]).read_bytes() if files.get("request") else None,
    )


def cases():
    """All recordings of chat, none when there is no such folder."""
    metas = [
        (meta, dialect)
        for dialect, folders in FOLDERS.items()
        for folder in folders
        for meta in sorted((ROOT / folder).glob("*.meta.json"))
    ]
    return [load(meta, dialect) for meta, dialect in metas]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        case = self.server.case
        self.server.seen.append((self.path, dict(self.headers.items()), body))
        if self.path != PATHS[case.dialect]:
            self.close_connection = True
            return self.send_error(404, f"this is a recording of {PATHS[case.dialect]}")
        self.send_response(case.status)
        for name, value in case.headers.items():
            self.send_header(name, value)
        # A stream ends with its connection, as that of a provider that breaks off does.
        self.close_connection = case.is_stream
        if case.is_stream:
            self.send_header("connection", "close")
        else:
            self.send_header("content-length", str(len(case.body)))
        self.end_headers()
        self.play(case.body, self.server.pause)

    def play(self, body, pause):
        """In pieces; what `pause` waits for stands before the event of the error, or the last where a stream is cut."""
        error = body.rfind(b'"error"')
        last = body.rfind(b"\n\n", 0, error if error > 0 else -2) + 2 if pause else 0
        self.pieces(body[:last])
        if last:
            self.wfile.flush()
            pause()
        self.pieces(body[last:])

    def pieces(self, body):
        position, turn = 0, 0
        while position < len(body):
            size = PIECES[turn % len(PIECES)]
            self.wfile.write(body[position : position + size])
            position, turn = position + size, turn + 1

    def log_message(self, *_):
        pass


class Replay(ThreadingHTTPServer):
    """Plays one case at a time and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.case, self.pause, self.seen = None, None, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextlib.contextmanager
    def playing(self, case, pause=None):
        """Yields the list of requests that come in meanwhile: path, headers, body."""
        self.case, self.pause, self.seen = case, pause, []
        yield self.seen

    def handle_error(self, request, client_address):
        # A caller that leaves in the middle is no failure of the replay.
        pass


@contextlib.contextmanager
def replay():
    server = Replay()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
