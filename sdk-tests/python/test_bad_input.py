"""Requests that no SDK would send: each gets the right status and an error in the caller's dialect, and the gateway lives on."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import pytest

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
PATHS = {"openai": CHAT, "anthropic": MESSAGES}
USER = [{"role": "user", "content": "hello"}]
DEEP = 10_000


def plain(dialect, **changes):
    """A request that would succeed, with something changed."""
    body = {"model": "gpt-4.1-mini", "messages": USER}
    if dialect == "anthropic":
        body["max_tokens"] = 99
    return json.dumps({**body, **changes})


def nested(text):
    return lambda dialect: plain(dialect, metadata="HERE").replace('"HERE"', text)


# What is sent, the status it gets, and words the message must hold.
BAD = {
    "nothing": (lambda d: "", 400, []),
    "not JSON": (lambda d: "hello", 400, ["json"]),
    "half a body": (lambda d: plain(d)[:-9], 400, ["json"]),
    "two bodies": (lambda d: plain(d) + plain(d), 400, ["json"]),
    "a list": (lambda d: "[]", 400, []),
    "a number": (lambda d: "42", 400, []),
    "null": (lambda d: "null", 400, []),
    "a trailing comma": (lambda d: plain(d)[:-1] + ",}", 400, ["json"]),
    "single quotes": (lambda d: plain(d).replace('"', "'"), 400, ["json"]),
    "NaN": (lambda d: plain(d, temperature=float("nan")), 400, ["json"]),
    "bad UTF-8": (lambda d: plain(d).encode().replace(b"hello", b"\xff\xfe"), 400, ["utf-8"]),
    "a byte of zero": (lambda d: plain(d).replace("hello", "\0"), 400, ["json"]),
    "deep lists": (nested("[" * DEEP + "]" * DEEP), 400, ["deep"]),
    "deep objects": (nested('{"a":' * DEEP + "1" + "}" * DEEP), 400, ["deep"]),
    "no model": (lambda d: json.dumps({"messages": USER, "max_tokens": 9}), 400, ["model"]),
    "a model of null": (lambda d: plain(d, model=None), 400, ["model"]),
    "a model of the wrong type": (lambda d: plain(d, model=["a"]), 400, ["model"]),
    "a model twice": (lambda d: plain(d)[:-1] + ',"model":"claude-haiku-4-5"}', 400, ["model"]),
    "a model nobody has": (lambda d: plain(d, model="gpt-of-tomorrow"), 404, ["gpt-of-tomorrow"]),
    "a model with no name": (lambda d: plain(d, model=""), 400, ["model"]),
    "stream of the wrong type": (lambda d: plain(d, stream="yes"), 400, ["stream"]),
}


@pytest.fixture(params=["openai", "anthropic"])
def dialect(request):
    return request.param


class Raw:
    """One connection a call, so that nothing is left behind."""

    def __init__(self, gateway):
        self.host, self.key = urlsplit(gateway["anthropic"]).netloc, gateway["key"]

    def call(self, path, body, method="POST", **headers):
        sent = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            body = body.encode() if isinstance(body, str) else body
            connection.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@pytest.fixture
def raw(gateway):
    raw = Raw(gateway)
    yield raw
    status, _, _ = raw.call(CHAT, plain("openai"))
    assert status == 200, "the gateway still answers"


def message_of(dialect, body):
    """The error's message, after a look at its shape."""
    error = json.loads(body)
    if dialect == "anthropic":
        assert error["type"] == "error"
    assert set(error["error"]) >= {"message", "type"}
    assert b"tg-" not in body and b"127.0.0.1" not in body, "no key and no address"
    return error["error"]["message"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_in_the_callers_dialect(raw, dialect, name):
    make, expected, words = BAD[name]
    status, headers, body = raw.call(PATHS[dialect], make(dialect))
    message = message_of(dialect, body)
    assert status == expected, message
    assert headers["content-type"].startswith("application/json")
    assert all(word in message.lower() for word in words), message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("messages", 7),
        ("messages", {"role": "user"}),
        ("messages", ["hello"]),
        ("messages", [{"role": "user", "content": 7}]),
        ("messages", [{"role": "user", "content": [{"type": "hologram"}]}]),
        ("messages", [{"content": "hello"}]),
        ("tools", "hammer"),
        ("tools", [7]),
        ("tool_choice", 7),
    ],
)
def test_a_wrong_field_is_named_before_it_is_translated(raw, dialect, path, value):
    model = {"openai": "claude-haiku-4-5", "anthropic": "gpt-4.1-mini"}[dialect]
    status, _, body = raw.call(PATHS[dialect], plain(dialect, model=model, **{path: value}))
    message = message_of(dialect, body)
    assert status == 400, message
    assert path.rstrip("s") in f"{message} {json.loads(body)['error'].get('param')}", message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "0." + "1" * 400, "1e-999"])
@pytest.mark.parametrize("model", ["gpt-4.1-mini", "claude-haiku-4-5"])
def test_huge_numbers_harm_nobody(raw, dialect, model, number):
    body = plain(dialect, model=model, temperature="HERE").replace('"HERE"', number)
    status, _, answer = raw.call(PATHS[dialect], body)
    assert status in (200, 400), answer
    if status == 400:
        message_of(dialect, answer)


def test_another_content_type_is_refused_or_read_as_json(raw, dialect):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"):
        status, _, body = raw.call(PATHS[dialect], plain(dialect), content_type=kind)
        assert status in (200, 415), (kind, body)
    status, _, body = raw.call(PATHS[dialect], plain(dialect), content_type="application/json; charset=utf-8")
    assert status == 200, body
    status, _, body = raw.call(PATHS[dialect], plain(dialect), content_type=None)
    assert status in (200, 415), body


def test_an_encoded_body_is_refused_not_guessed(raw, dialect):
    packed = gzip.compress(plain(dialect).encode())
    status, _, body = raw.call(PATHS[dialect], packed, content_encoding="gzip")
    assert status in (400, 415), body
    message_of(dialect, body)


def test_a_body_over_the_limit_is_refused(raw, dialect):
    status, _, body = raw.call(PATHS[dialect], plain(dialect, user="x" * (2 << 20)))
    message_of(dialect, body)
    assert status == 413


def test_no_key_is_refused(raw, dialect):
    for key in (None, "Bearer ", "Basic YTpi", "Bearer tg-nobody", "Bearer " + "x" * 5000):
        status, _, body = raw.call(PATHS[dialect], plain(dialect), authorization=key)
        message_of(dialect, body)
        assert status == 401, key


def test_an_unknown_path_and_method(raw):
    assert raw.call("/v1/nowhere", "{}")[0] == 404
    assert raw.call("/", "", method="GET")[0] == 404
    for path in (CHAT, MESSAGES):
        status, headers, body = raw.call(path, "", method="GET")
        assert status == 405 and b"POST" in body and headers["allow"] == "POST"


def test_a_key_in_either_header_is_taken(raw, dialect, gateway):
    key = gateway["key"]
    assert raw.call(PATHS[dialect], plain(dialect), authorization=None, x_api_key=key)[0] == 200
    assert raw.call(PATHS[dialect], plain(dialect), authorization=f"bearer {key}")[0] == 200
