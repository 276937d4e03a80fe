"""Recorded requests through the whole gateway: to the byte in their own dialect, legal or refused in the other."""

import contextlib
import json
import re

import pytest
from legal import complaints
from recordings import OTHER, base, each, log, needs_gateway, player, post  # noqa: F401
from replay import Case

pytestmark = needs_gateway

# Models that have everything, and ones that do not.
ASKED = {"openai": ["gpt-5", "gpt-4o-mini"], "anthropic": ["claude-opus-4-8", "claude-3-5-haiku-latest"]}

# What stands in for an answer to a request that was translated.
SAYS = {
    "openai": (
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        | {"choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]}
        | {"usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}},
        [
            {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            for choice in (
                {"index": 0, "delta": {"role": "assistant", "content": "yes"}, "finish_reason": None},
                {"index": 0, "delta": {}, "finish_reason": "stop"},
            )
        ],
    ),
    "anthropic": (
        {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "yes"}]}
        | {"stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1}},
        [
            {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "m"}
             | {"content": [], "stop_reason": None, "usage": {"input_tokens": 3, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ],
    ),
}


def yes(dialect, is_stream):
    whole, events = SAYS[dialect]
    if not is_stream:
        return Case("yes", dialect, 200, {"content-type": "application/json"}, json.dumps(whole).encode(), False)
    named = lambda event: f"event: {event['type']}\n" if "type" in event else ""
    lines = [f"{named(event)}data: {json.dumps(event)}\n\n" for event in events]
    lines += ["data: [DONE]\n\n"] * (dialect == "openai")
    return Case("yes", dialect, 200, {"content-type": "text/event-stream"}, "".join(lines).encode(), True)


def addressed(case, model):
    """The recorded request, to the byte but for the model: its name there, and the body."""
    asked = json.loads(case.request)
    named = re.search(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")', case.request)
    if not named:
        return None, json.dumps({"model": model} | asked).encode()
    body = case.request[: named.start(1)] + json.dumps(model).encode() + case.request[named.end(1) :]
    assert json.loads(body) == asked | {"model": model}
    return asked["model"], body


OPTIONS = re.compile(rb',?\s*"stream_options"\s*:\s*\{[^{}]*\}')


@each(lambda case: case.request is not None)
def test_in_its_own_dialect_a_request_arrives_as_it_was_sent(player, base, case):
    name, body = addressed(case, f"{case.dialect}/" + (json.loads(case.request).get("model") or "nameless"))
    is_stream = bool(json.loads(body).get("stream"))
    with player.playing(yes(case.dialect, is_stream)) as seen:
        status, _, answer = post(base, case.dialect, body)
    assert status == 200, answer
    [(_, _, arrived)] = seen
    _, expected = (name, case.request) if name else addressed(case, "nameless")
    assert OPTIONS.sub(b"", arrived) == OPTIONS.sub(b"", expected)
    if OPTIONS.search(arrived):
        assert is_stream and json.loads(arrived)["stream_options"]["include_usage"] is True


@each(lambda case: case.request is not None)
@pytest.mark.parametrize("which", [0, 1], ids=["newest", "older"])
def test_in_the_other_dialect_a_request_is_legal_or_refused(player, base, case, which):
    other = OTHER[case.dialect]
    model = ASKED[other][which]
    _, body = addressed(case, f"{other}/{model}")
    is_stream = bool(json.loads(body).get("stream"))
    with player.playing(yes(other, is_stream)) as seen:
        status, _, answer = post(base, case.dialect, body)
    if status == 400:
        assert not seen
        error = json.loads(answer)["error"]
        assert error["code"] in ("untranslatable", "invalid_request"), error
        assert error["source"] == "caller" and names_a_field(error, json.loads(body)), error
        return
    assert status == 200, answer
    assert b"yes" in answer
    [(_, _, arrived)] = seen
    arrived = json.loads(arrived)
    assert arrived["model"] == model and bool(arrived.get("stream")) == is_stream
    assert complaints(other, arrived) == []
    everything = list(strings(arrived))
    assert [text for text in said(json.loads(body)) if not any(text in one for one in everything)] == []
    assert offered(arrived) == offered(json.loads(body))


def strings(value):
    """Every string in a body, those in the JSON of a call's arguments as well."""
    if isinstance(value, str):
        yield value
        with contextlib.suppress(ValueError):
            inner = json.loads(value)
            yield from strings(inner) if isinstance(inner, dict) else ()
    elif value is not None and not isinstance(value, (int, float)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def said(body):
    """What a conversation says: instructions, texts, results, pictures, and what calls were made with."""
    for message in [{"role": "system", "content": body.get("system")}, *body["messages"]]:
        for call in message.get("tool_calls") or []:
            yield call["function"]["name"]
            yield from strings(json.loads(call["function"]["arguments"] or "{}"))
        yield from content(message.get("content"))


def content(parts):
    if isinstance(parts, str):
        parts = [{"type": "text", "text": parts}]
    for part in parts or []:
        kind = part["type"]
        if kind == "text" and part["text"].strip():
            yield part["text"].strip()
        elif kind == "image_url":
            image = part["image_url"]
            yield (image if isinstance(image, str) else image["url"]).rpartition("base64,")[2]
        elif kind in ("image", "document"):
            yield part["source"].get("data") or part["source"]["url"]
        elif kind in ("tool_result", "search_result", "compaction"):
            yield from content(part.get("content"))
        elif kind == "tool_use":
            yield part["name"]
            yield from strings(part["input"])


def offered(body):
    """Names of the caller's tools."""
    return [(tool.get("function") or tool)["name"] for tool in body.get("tools") or []]


def names_a_field(error, body):
    return any(name in error["message"] for name in body)
