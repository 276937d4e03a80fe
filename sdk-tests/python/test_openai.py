"""The OpenAI client: answers, streams, usage and the plain fields of a chat completion."""

import asyncio

import pytest
from conftest import PIXEL


def ask(text, *before):
    return [*before, {"role": "user", "content": text}]


def test_an_answer_has_text_a_reason_to_stop_and_usage(oai, gpt):
    answer = oai.chat.completions.create(model=gpt, messages=ask("sim: tokens=12\nTell me of the tide."))
    choice = answer.choices[0]
    assert answer.object == "chat.completion"
    assert choice.message.role == "assistant" and len(choice.message.content) > 12
    assert choice.finish_reason == "stop"
    assert answer.usage.completion_tokens == 12
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 12


def test_what_was_said_arrives_word_for_word(oai, gpt):
    words = 'Grüße – "quotes", \\backslash\\, emoji 🌊 and\ttabs'
    answer = oai.chat.completions.create(model=gpt, messages=ask(f"sim: echo\n{words}"))
    assert answer.choices[0].message.content.endswith(words)


def test_a_stream_says_the_same_as_an_answer(oai, gpt):
    messages = ask("sim: echo\nOne two three – naïve 🌊 four five six seven eight nine ten.")
    whole = oai.chat.completions.create(model=gpt, messages=messages)
    chunks = list(oai.chat.completions.create(model=gpt, messages=messages, stream=True))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert len({c.id for c in chunks}) == 1, "every chunk of a stream has the id of the stream"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert all(c.usage is None for c in chunks), "usage was not asked for"


def test_a_streams_usage_comes_last_when_asked_for(oai, gpt):
    stream = oai.chat.completions.create(
        model=gpt, messages=ask("sim: tokens=9\nhello"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 9
    assert all(c.usage is None for c in chunks[:-1])


def test_the_helper_assembles_a_stream(oai, gpt):
    with oai.chat.completions.stream(model=gpt, messages=ask("sim: tokens=20\nhello")) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert len(final.choices[0].message.content) > 20


def test_asynchronous_answers_and_streams(async_oai, gpt):
    async def both():
        async with async_oai() as client:
            answers = await asyncio.gather(
                *(client.chat.completions.create(model=gpt, messages=ask(f"sim: echo\nnumber {n}")) for n in range(8))
            )
            stream = await client.chat.completions.create(model=gpt, messages=ask("sim: echo\nstreamed"), stream=True)
            streamed = [c.choices[0].delta.content or "" async for c in stream if c.choices]
            return [a.choices[0].message.content for a in answers], "".join(streamed)

    answers, streamed = asyncio.run(both())
    assert all(text.endswith(f"number {n}") for n, text in enumerate(answers)), "answers are not mixed up"
    assert streamed.endswith("streamed")


def test_max_tokens_ends_with_length(oai, gpt):
    for field in ("max_tokens", "max_completion_tokens"):
        answer = oai.chat.completions.create(model=gpt, messages=ask("sim: tokens=50\nhello"), **{field: 7})
        assert answer.choices[0].finish_reason == "length", field
        assert answer.usage.completion_tokens == 7


@pytest.mark.parametrize("stop", ["END", ["nowhere", "END"]])
def test_a_stop_sequence_cuts_the_answer(oai, gpt, stop):
    answer = oai.chat.completions.create(model=gpt, messages=ask("sim: echo\nbefore END after"), stop=stop)
    assert "before" in answer.choices[0].message.content
    assert "END" not in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"


def test_every_role_is_heard(oai, gpt, seen):
    messages = [
        {"role": "system", "content": "Be short."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "name": "ann", "content": "hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "text", "text": "sim: echo\nin "}, {"type": "text", "text": "parts"}]},
    ]
    answer = oai.chat.completions.create(model=gpt, messages=messages, temperature=0.2, user="u-1")
    assert "parts" in answer.choices[0].message.content
    _, body = seen.last_request()
    text = str(body)
    assert all(words in text for words in ["Be short.", "Be kind.", "hello", "Hello.", "u-1"])


def test_an_image_reaches_the_model(oai, gpt, seen):
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/tide.png"}},
    ]
    answer = oai.chat.completions.create(model=gpt, messages=ask(content))
    assert answer.choices[0].message.content
    _, body = seen.last_request()
    assert PIXEL in str(body) and "https://example.com/tide.png" in str(body)


def test_reasoning_is_told_apart_from_the_answer(oai, gateway, crossing):
    asked = {"same": {"model": "gpt-reasoner"}, "crossed": {"model": "claude-haiku-4-5", "reasoning_effort": "high"}}
    messages = ask("sim: tokens=8\nThink first.")
    answer = oai.chat.completions.create(messages=messages, max_completion_tokens=4096, **asked[crossing])
    message = answer.choices[0].message
    assert message.content and message.reasoning_content
    stream = oai.chat.completions.create(messages=messages, max_completion_tokens=4096, stream=True, **asked[crossing])
    deltas = [c.choices[0].delta for c in stream if c.choices]
    assert "".join(getattr(d, "reasoning_content", None) or "" for d in deltas)
    assert "".join(d.content or "" for d in deltas)


def test_a_refusal_is_a_refusal(oai, gpt):
    answer = oai.chat.completions.create(model=gpt, messages=ask("sim: refuse\nhello"))
    message = answer.choices[0].message
    assert message.refusal or answer.choices[0].finish_reason == "content_filter"


def test_an_empty_answer_is_an_answer(oai, gpt):
    answer = oai.chat.completions.create(model=gpt, messages=ask("sim: empty\nhello"))
    assert not answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
    chunks = list(oai.chat.completions.create(model=gpt, messages=ask("sim: empty\nhello"), stream=True))
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"


def test_what_only_one_dialect_has(oai):
    answer = oai.chat.completions.create(
        model="gpt-4.1-mini",
        messages=ask("sim: tokens=5\nhello"),
        n=2,
        seed=7,
        logprobs=True,
        top_logprobs=2,
        service_tier="default",
        metadata={"team": "harbour"},
    )
    assert len(answer.choices) == 2
    assert len(answer.choices[1].logprobs.content) == 5
    assert len(answer.choices[1].logprobs.content[0].top_logprobs) == 2


def test_models_are_listed(oai, urls):
    names = {model.id for model in oai.models.list()}
    assert "gpt-4.1-mini" in names and "claude-haiku-4-5" in names


def test_embeddings(oai):
    asked = {"model": "text-embedding-3-small", "input": ["one", "two"]}
    answer = oai.embeddings.create(**asked, encoding_format="float")
    assert [item.index for item in answer.data] == [0, 1]
    assert len(answer.data[0].embedding) > 8 and answer.data[0].embedding != answer.data[1].embedding
    assert answer.usage.prompt_tokens > 0
    # By default the client asks for base64 and unpacks it after validation, so not with the strict client.
    unpacked = oai.copy(_extra_kwargs={"_strict_response_validation": False}).embeddings.create(**asked)
    assert unpacked.data[0].embedding == pytest.approx(answer.data[0].embedding)


def test_the_gateway_says_what_it_did(oai, gateway, crossing):
    model = {"same": "gpt-4.1-mini", "crossed": "claude-haiku-4-5"}[crossing]
    raw = oai.chat.completions.with_raw_response.create(model=model, messages=ask("hello"))
    assert raw.headers["x-request-id"]
    assert raw.headers["x-tidegate-provider"] == {"same": "openai", "crossed": "anthropic"}[crossing]
    assert raw.headers["x-tidegate-model"] == model
    assert raw.headers["x-tidegate-attempts"] == "1"
    assert float(raw.headers["x-tidegate-cost-usd"]) > 0
    assert raw.parse().choices[0].message.content
