"""The OpenAI client: its own exception for every fault, timeouts, cancellation, and what the gateway itself refuses."""

import asyncio
import time

import httpx2
import openai
import pytest


def ask(directives, text="hello"):
    return [{"role": "user", "content": f"sim: {directives}\n{text}"}]


# What the provider says, what the caller's SDK raises. Faults that are the gateway's own to explain (its key at the
# provider is refused) are tested apart.
RAISED = [
    (400, openai.BadRequestError),
    (404, openai.NotFoundError),
    (429, openai.RateLimitError),
    (500, openai.InternalServerError),
    (503, openai.InternalServerError),
]


@pytest.mark.parametrize(("status", "raised"), RAISED)
def test_a_providers_fault_raises_its_own_class(oai, gpt, status, raised):
    for stream in (False, True):
        with pytest.raises(raised) as caught:
            oai.chat.completions.create(model=gpt, messages=ask(f"status={status}"), stream=stream)
        assert caught.value.message and isinstance(caught.value.body, dict)
        assert "sk-" not in str(caught.value)


def test_a_rate_limit_says_when_to_come_back(oai, gpt):
    with pytest.raises(openai.RateLimitError) as caught:
        oai.chat.completions.create(model=gpt, messages=ask("status=429,retry_after=7"))
    assert caught.value.response.headers["retry-after"] == "7"


def test_an_overloaded_provider_is_a_server_error(oai, gpt):
    with pytest.raises(openai.InternalServerError):
        oai.chat.completions.create(model=gpt, messages=ask("status=529"))


def test_an_error_page_in_html_is_a_server_error(oai, gpt):
    with pytest.raises(openai.InternalServerError):
        oai.chat.completions.create(model=gpt, messages=ask("status=502,html"))


def test_an_error_event_in_a_stream_raises(oai, gpt):
    text = ""
    with pytest.raises(openai.APIError):
        for chunk in oai.chat.completions.create(model=gpt, messages=ask("error_after=5,tokens=30,rate=100"), stream=True):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    assert text, "what came before the fault arrived"


def test_a_stream_that_breaks_off_raises(oai, gpt, gateway):
    with pytest.raises((openai.APIError, httpx2.HTTPError)):
        for _ in oai.chat.completions.create(model=gpt, messages=ask("disconnect_after=5,tokens=30"), stream=True):
            pass


def test_the_clients_own_timeout(oai, gpt):
    with pytest.raises(openai.APITimeoutError):
        oai.with_options(timeout=0.3).chat.completions.create(model=gpt, messages=ask("delay=5s"))


def test_nobody_listening_is_a_connection_error(gpt):
    client = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model=gpt, messages=ask("tokens=1"))


def test_leaving_a_stream_stops_the_provider(oai, gpt, seen):
    before = seen.stats()["cancelled"]
    stream = oai.chat.completions.create(model=gpt, messages=ask("rate=20,tokens=2000"), stream=True)
    for number, _ in enumerate(stream):
        if number == 3:
            break
    stream.close()
    took = seen.cancelled_since(before)
    assert took is not None and took < 0.5, f"the provider was told after {took} s"


def test_leaving_before_an_answer_stops_the_provider(async_oai, gpt, seen):
    async def leave():
        async with async_oai() as client:
            call = asyncio.create_task(
                client.chat.completions.create(model=gpt, messages=ask("delay=10s"))
            )
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


def test_the_client_tries_again_by_itself(urls, gpt):
    client = openai.OpenAI(base_url=urls["openai"], api_key=urls["key"], max_retries=2, timeout=10)
    answer = client.chat.completions.create(
        model=gpt, messages=ask("fail_first=1,status=500,retry_after=0", f"again {time.time_ns()}")
    )
    assert answer.choices[0].message.content


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": "not a list"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": "x"}], "temperature": "warm"}, "temperature"),
    ],
)
def test_a_bad_request_names_the_field(oai, gpt, body, field):
    with pytest.raises(openai.BadRequestError) as caught:
        oai.post("/chat/completions", body={"model": gpt, **body}, cast_to=dict)
    assert field in f"{caught.value} {caught.value.param}"
