"""The Anthropic client: its own exception for every fault, timeouts and cancellation."""

import asyncio
import time

import anthropic
import pytest


def ask(directives, text="hello"):
    return {"max_tokens": 4000, "messages": [{"role": "user", "content": f"sim: {directives}\n{text}"}]}


RAISED = [
    (400, anthropic.BadRequestError),
    (404, anthropic.NotFoundError),
    (429, anthropic.RateLimitError),
    (500, anthropic.InternalServerError),
    (503, anthropic.InternalServerError),
    (529, anthropic.InternalServerError),
]


@pytest.mark.parametrize(("status", "raised"), RAISED)
def test_a_providers_fault_raises_its_own_class(ant, claude, status, raised):
    for stream in (False, True):
        with pytest.raises(raised) as caught:
            ant.messages.create(model=claude, stream=stream, **ask(f"status={status}"))
        assert caught.value.body["type"] == "error" and caught.value.body["error"]["message"]
        assert "sk-" not in str(caught.value)


def test_a_rate_limit_says_when_to_come_back(ant, claude):
    with pytest.raises(anthropic.RateLimitError) as caught:
        ant.messages.create(model=claude, **ask("status=429,retry_after=7"))
    assert caught.value.response.headers["retry-after"] == "7"


def test_an_error_page_in_html_is_a_server_error(ant, claude):
    with pytest.raises(anthropic.InternalServerError):
        ant.messages.create(model=claude, **ask("status=502,html"))


def test_an_error_event_in_a_stream_raises(ant, claude):
    text = ""
    with pytest.raises(anthropic.APIStatusError):
        with ant.messages.stream(model=claude, **ask("error_after=5,tokens=30,rate=100")) as stream:
            for piece in stream.text_stream:
                text += piece
    assert text, "what came before the fault arrived"


def test_the_clients_own_timeout(ant, claude):
    with pytest.raises(anthropic.APITimeoutError):
        ant.with_options(timeout=0.3).messages.create(model=claude, **ask("delay=5s"))


def test_leaving_a_stream_stops_the_provider(ant, claude, seen):
    before = seen.stats()["cancelled"]
    with ant.messages.stream(model=claude, **ask("rate=20,tokens=2000")) as stream:
        for number, _ in enumerate(stream.text_stream):
            if number == 3:
                break
    took = seen.cancelled_since(before)
    assert took is not None and took < 0.5, f"the provider was told after {took} s"


def test_leaving_before_an_answer_stops_the_provider(async_ant, claude, seen):
    async def leave():
        async with async_ant() as client:
            call = asyncio.create_task(client.messages.create(model=claude, **ask("delay=10s")))
            deadline = time.monotonic() + 5
            while seen.stats()["in_flight"] == 0 and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    before = seen.stats()["cancelled"]
    asyncio.run(leave())
    took = seen.cancelled_since(before)
    assert took is not None and took < 0.5, f"the provider was told after {took} s"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_tokens": 9, "messages": "not a list"}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}]}, "max_tokens"),
        ({"max_tokens": 9, "messages": [{"role": "nobody", "content": "x"}]}, "role"),
        ({"max_tokens": "many", "messages": [{"role": "user", "content": "x"}]}, "max_tokens"),
    ],
)
def test_a_bad_request_names_the_field(ant, claude, crossing, body, field):
    if crossing == "crossed" and "max_tokens" not in body:
        pytest.skip("only this dialect's providers insist on a limit")
    with pytest.raises(anthropic.BadRequestError) as caught:
        ant.post("/v1/messages", body={"model": claude, **body}, cast_to=dict)
    assert field in str(caught.value)
