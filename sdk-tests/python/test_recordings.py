"""Recorded traffic of real providers through the whole gateway, into the real SDKs.

The oracle is the SDK of the recording's own dialect, reading the recording straight from the replay server. What the
other dialect's SDK reads through the gateway must mean the same. In its own dialect not a byte may change.
"""

import json
import re
import time

import anthropic
import openai
import pytest
from meaning import ASK, openai_helped, read
from recordings import OTHER, base, direct, each, log, logged, needs_gateway, player, post, through  # noqa: F401

pytestmark = needs_gateway


def ask(case, **more):
    """A request that fits the recording's answer."""
    body = {"model": f"{case.dialect}/recorded", "stream": case.is_stream, "messages": ASK}
    return json.dumps(body | ({"max_tokens": 99} if case.dialect == "anthropic" else {}) | more).encode()


# Cases whose stream ends with an error, or is one: what comes before is told, then the SDK raises.
def breaks_off(case):
    return case.is_stream and case.status == 200 and case.name in BROKEN


BROKEN = {
    "anthropic/errors/mid-stream-overloaded",
    "openai/errors/chat-mid-stream-cut",
    "openrouter/chat/stream-error",
}
# Errors that come with status 200.
ERROR_IN_200 = {"azure/chat/prompt-content-filtering-i0": 400}
# Where the gateway differs from the recording's own SDK on purpose, and what it says instead.
OUTPUT_IS_THE_REST = lambda told: {"usage": (*told.usage[:2], told.total - told.usage[0])}
INPUT_IS_THE_REST = lambda told: {"usage": (told.total - told.usage[2], *told.usage[1:])}
CACHED_IS_ALL = lambda told: {"usage": (told.usage[0], told.usage[0], told.usage[2])}
DIFFERENT = {
    # More is said to come from the cache than there was input.
    "azure/chat/string-tool-results-azure-grok-4-1-fast-non-reasoning-preserves-string-i1": CACHED_IS_ALL,
    "azure/chat/with-params-azure-grok-4-1-fast-non-reasoning-supports-response-format": CACHED_IS_ALL,
    # Thoughts are paid for and counted in the total, but not in `completion_tokens`.
    "gemini/openai-compat-chat/compatible-api-with-tool-calls-without-id-i0": OUTPUT_IS_THE_REST,
    "openai-compatible/chat/xai-tool-call": OUTPUT_IS_THE_REST,
    "xai/chat/xai-tool-call-2": OUTPUT_IS_THE_REST,
    # Audio is counted beside `prompt_tokens` rather than in it.
    "mistral/chat/audio-models-mistral-voxtral-small-latest-can-understand-mp3-audio": INPUT_IS_THE_REST,
}
# Two answers in one stream. Their SDK mixes them into calls nobody made; the gateway ends the stream with an error.
SPLICED = {"anthropic/messages/spliced-message-start"}
# Its streams just end; the gateway adds the mark that the dialect's clients wait for.
WITHOUT_DONE = {"perplexity/chat/streaming-responses-perplexity-sonar-supports-streaming-responses"}


def is_answer(case):
    return case.status == 200 and case.name not in BROKEN and case.name not in ERROR_IN_200


def is_error(case):
    return case.status >= 400 or case.name in ERROR_IN_200


# --- answers ---------------------------------------------------------------------------------------------------------


def hidden_usage(line):
    """The chunk of usage alone, which comes only for who asked for it."""
    if not line.startswith(b"data:") or line.strip() == b"data: [DONE]":
        return False
    chunk = json.loads(line[5:])
    return not chunk.get("choices") and bool(chunk.get("usage"))


def whole(case):
    return case.body + b"data: [DONE]\n\n" * (case.name in WITHOUT_DONE)


@each(is_answer)
def test_in_its_own_dialect_an_answer_is_the_recording(player, base, case):
    usage = {"stream_options": {"include_usage": True}} if case.is_stream and case.dialect == "openai" else {}
    with player.playing(case):
        status, headers, body = post(base, case.dialect, ask(case, **usage))
    assert (status, body) == (case.status, whole(case))
    assert headers["content-type"].split(";")[0] == case.headers["content-type"].split(";")[0]


@each(lambda case: is_answer(case) and case.is_stream and case.dialect == "openai")
def test_usage_nobody_asked_for_is_all_that_is_left_out(player, base, case):
    with player.playing(case):
        _, _, body = post(base, case.dialect, ask(case))
    events = re.split(rb"(?<=\n\n)|(?<=\n\r\n)", whole(case))
    assert body == b"".join(event for event in events if not hidden_usage(event))


@each(lambda case: is_answer(case) and case.name not in SPLICED)
def test_in_the_other_dialect_an_answer_means_the_same(player, direct, through, case):
    with player.playing(case):
        told = read(case.dialect, case.is_stream, direct[case.dialect], "recorded")
        other = OTHER[case.dialect]
        got = read(other, case.is_stream, through[other], f"{case.dialect}/recorded")
    agree(case, told, got)


@each(lambda case: is_answer(case) and case.name not in SPLICED and case.is_stream and case.dialect == "anthropic")
def test_the_sdks_helper_puts_a_translated_stream_together(player, direct, through, case):
    with player.playing(case):
        told = read(case.dialect, True, direct["anthropic"], "recorded")
        got = openai_helped(through["openai"], "anthropic/recorded")
    agree(case, told, got)


def agree(case, told, got):
    assert told.error is None, "the recording itself cannot be read"
    if got.error:
        raise got.error
    different = DIFFERENT.get(case.name, lambda told: {})
    assert comparable(got) == comparable(told) | different(told)
    # The provider's ids, where it gives any; else some, each its own.
    assert [one or two for one, two in zip(told.ids, got.ids)] == got.ids
    assert len(set(got.ids)) == len(got.ids) and all(got.ids)
    assert got.id == (told.id or got.id) and got.id


@each(lambda case: is_answer(case) and case.name not in SPLICED)
def test_what_is_recorded_is_what_the_sdk_counts(player, base, direct, log, case):
    with player.playing(case):
        told = read(case.dialect, case.is_stream, direct[case.dialect], "recorded")
        answers = [post(base, dialect, ask(case, max_tokens=99)) for dialect in OTHER]
    ids = [headers["x-request-id"] for _, headers, _ in answers]
    lines = logged(log, set(ids))
    counts = [lines[one]["usage"] for one in ids]
    if told.usage is None:
        assert "reported" not in [one["certainty"] for one in counts]
        return
    told.usage = (vars(told) | DIFFERENT.get(case.name, lambda told: {})(told))["usage"]
    for one in counts:
        fresh, cached = one.get("input", 0), one.get("cached", 0)
        written = one.get("cache_write_5m", 0) + one.get("cache_write_1h", 0)
        assert (fresh + cached + written, cached, one["output"]) == told.usage
        assert one["certainty"] == "reported"


@each(lambda case: case.name in SPLICED)
def test_two_answers_in_one_stream_are_an_error(player, through, case):
    other = OTHER[case.dialect]
    with player.playing(case):
        got = read(other, True, through[other], f"{case.dialect}/recorded")
    assert isinstance(got.error, (openai.APIError, anthropic.APIError)), got


def comparable(meaning):
    """Where dialects say one thing in several ways, the one both can say."""
    stop = meaning.stop
    if stop not in ("length", "content_filter"):
        stop = "tool_calls" if meaning.calls else "stop"
    # Numbers are demanded by one dialect: a provider that gives none has them shown as zeros.
    usage = meaning.usage or (0, 0, 0)
    return vars(meaning) | {"stop": stop, "usage": usage, "total": None, "ids": len(meaning.ids), "id": None}


# --- errors ----------------------------------------------------------------------------------------------------------

CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "APIStatusError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    413: "APIStatusError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def expected_status(case, dialect):
    """As docs/errors.md has it."""
    status = ERROR_IN_200.get(case.name, case.status)
    if status == 500:
        return 502
    if status in (503, 529):
        return {"openai": 503, "anthropic": 529}[dialect]
    return status


@each(is_error)
@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_in_the_other_dialect_an_error_is_the_sdks_own(player, direct, through, case, is_stream):
    other = OTHER[case.dialect]
    with player.playing(case):
        told = read(case.dialect, is_stream and case.status != 200, direct[case.dialect], "recorded")
        got = read(other, is_stream, through[other], f"{case.dialect}/recorded").error
    status = expected_status(case, other)
    wanted = CLASSES.get(status, "InternalServerError")
    assert wanted in [kind.__name__ for kind in type(got).__mro__], got
    assert got.status_code == status
    assert told.error is not None
    if status < 500 and status != 401:  # a 401 may quote the gateway's key, so its words stay here
        assert words(case) in str(got), "the provider's own words are passed on"
    assert got.response.headers.get("retry-after") == case.headers.get("retry-after")


def words(case):
    """The message of an error, wherever a provider puts it."""
    said = json.loads(case.body)
    said = said[0] if isinstance(said, list) else said
    error = said.get("error", said)
    message = error if isinstance(error, str) else error.get("message") or error.get("detail")
    return message if isinstance(message, str) else message["detail"][0]["msg"]


@each(is_error)
def test_in_its_own_dialect_an_error_is_the_recording(player, base, case):
    with player.playing(case):
        status, headers, body = post(base, case.dialect, ask(case))
    if case.status == 200:
        assert status == ERROR_IN_200[case.name] and words(case) in json.loads(body)["error"]["message"]
    else:
        assert (status, body) == (case.status, case.body)
    assert "source=upstream" in headers["x-tidegate-fault"]
    assert headers["retry-after"] == case.headers.get("retry-after")


@each(breaks_off)
def test_a_stream_that_breaks_off_raises_after_what_it_said(player, direct, through, case):
    other = OTHER[case.dialect]
    # Until content has gone out a failure may be tried again, so the content must be let go before the failure comes.
    with player.playing(case, pause=lambda: time.sleep(0.1)):
        told = read(case.dialect, True, direct[case.dialect], "recorded")
        same = read(case.dialect, True, through[case.dialect], f"{case.dialect}/recorded")
        got = read(other, True, through[other], f"{case.dialect}/recorded")
    said = lambda meaning: (meaning.text, meaning.reasoning, meaning.calls)
    assert isinstance(same.error, (openai.APIError, anthropic.APIError)), same
    assert isinstance(got.error, (openai.APIError, anthropic.APIError)), got
    assert said(same) == said(told)
    assert said(got) == said(told)
