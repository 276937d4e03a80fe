"""The Anthropic client: answers, streams, usage, thinking and the plain fields of a message."""

import asyncio

from conftest import PIXEL


def ask(text, *before):
    return [*before, {"role": "user", "content": text}]


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def test_an_answer_has_text_a_reason_to_stop_and_usage(ant, claude):
    message = ant.messages.create(model=claude, max_tokens=200, messages=ask("sim: tokens=12\nTell me of the tide."))
    assert message.type == "message" and message.role == "assistant"
    assert len(text_of(message)) > 12
    assert message.stop_reason == "end_turn" and message.stop_sequence is None
    assert message.usage.output_tokens == 12 and message.usage.input_tokens > 0


def test_what_was_said_arrives_word_for_word(ant, claude):
    words = 'Grüße – "quotes", \\backslash\\, emoji 🌊 and\ttabs'
    message = ant.messages.create(model=claude, max_tokens=200, messages=ask(f"sim: echo\n{words}"))
    assert text_of(message).endswith(words)


def test_a_stream_says_the_same_as_an_answer(ant, claude):
    asked = {"model": claude, "max_tokens": 200, "messages": ask("sim: echo\nOne two three – naïve 🌊 four five six.")}
    whole = ant.messages.create(**asked)
    with ant.messages.stream(**asked) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(final) == text_of(whole)
    assert final.stop_reason == whole.stop_reason == "end_turn"
    assert final.usage.output_tokens == whole.usage.output_tokens


def test_a_streams_events_come_in_the_order_of_the_book(ant, claude):
    stream = ant.messages.create(
        model=claude, max_tokens=200, stream=True, messages=ask("sim: tokens=10\nhello")
    )
    kinds = [event.type for event in stream if event.type != "ping"]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}


def test_asynchronous_answers_and_streams(async_ant, claude):
    async def both():
        async with async_ant() as client:
            answers = await asyncio.gather(
                *(
                    client.messages.create(model=claude, max_tokens=99, messages=ask(f"sim: echo\nnumber {n}"))
                    for n in range(8)
                )
            )
            async with client.messages.stream(
                model=claude, max_tokens=99, messages=ask("sim: echo\nstreamed")
            ) as stream:
                streamed = [text async for text in stream.text_stream]
            return [text_of(a) for a in answers], "".join(streamed)

    answers, streamed = asyncio.run(both())
    assert all(text.endswith(f"number {n}") for n, text in enumerate(answers)), "answers are not mixed up"
    assert streamed.endswith("streamed")


def test_max_tokens_ends_with_max_tokens(ant, claude):
    message = ant.messages.create(model=claude, max_tokens=7, messages=ask("sim: tokens=50\nhello"))
    assert message.stop_reason == "max_tokens" and message.usage.output_tokens == 7


def test_a_stop_sequence_cuts_the_answer(ant, claude, crossing):
    message = ant.messages.create(
        model=claude, max_tokens=99, messages=ask("sim: echo\nbefore END after"), stop_sequences=["nowhere", "END"]
    )
    assert "before" in text_of(message) and "END" not in text_of(message)
    if crossing == "same":
        assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "END")
    else:
        # The other dialect does not tell a stop sequence from an end.
        assert message.stop_reason in ("end_turn", "stop_sequence")


def test_system_prompts_and_turns_are_heard(ant, claude, seen):
    message = ant.messages.create(
        model=claude,
        max_tokens=99,
        system=[{"type": "text", "text": "Be short."}, {"type": "text", "text": "Be kind."}],
        messages=[
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": [{"type": "text", "text": "Hello."}]},
            {"role": "user", "content": [{"type": "text", "text": "sim: echo\nin "}, {"type": "text", "text": "parts"}]},
        ],
        metadata={"user_id": "u-1"},
    )
    assert "parts" in text_of(message)
    _, body = seen.last_request()
    text = str(body)
    assert all(words in text for words in ["Be short.", "Be kind.", "hello", "Hello.", "u-1"])


def test_an_image_reaches_the_model(ant, claude, seen):
    content = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/tide.png"}},
        {"type": "text", "text": "What is this?"},
    ]
    assert text_of(ant.messages.create(model=claude, max_tokens=99, messages=ask(content)))
    _, body = seen.last_request()
    assert PIXEL in str(body) and "https://example.com/tide.png" in str(body)


THINKING = {"type": "enabled", "budget_tokens": 1024}


def test_thinking_is_told_apart_and_signed(ant, urls):
    asked = {
        "model": "claude-haiku-4-5",
        "max_tokens": 2048,
        "thinking": THINKING,
        "messages": ask("sim: tokens=8\nThink first."),
    }
    message = ant.messages.create(**asked)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking and message.content[0].signature
    with ant.messages.stream(**asked) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_message()
    assert {"thinking", "signature"} <= set(kinds)
    assert final.content[0].thinking and final.content[0].signature


def test_thinking_goes_back_with_its_signature(ant, urls):
    tools = [{"name": "get_forecast", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]
    asked = {"model": "claude-haiku-4-5", "max_tokens": 2048, "thinking": THINKING, "tools": tools}
    first = ant.messages.create(messages=ask("sim: tools=1\nuse the tool"), **asked)
    assert [block.type for block in first.content] == ["thinking", "tool_use"]
    result = {"type": "tool_result", "tool_use_id": first.content[1].id, "content": "eleven degrees"}
    turns = [*ask("use the tool"), {"role": "assistant", "content": first.content}]
    second = ant.messages.create(messages=ask([result], *turns), **asked)
    assert "eleven degrees" in text_of(second)


def test_redacted_thinking_goes_back_untouched(ant, urls, seen):
    asked = {"model": "claude-haiku-4-5", "max_tokens": 2048, "thinking": THINKING}
    first = ant.messages.create(messages=ask("sim: redacted,tokens=5\nhello"), **asked)
    assert first.content[0].type == "redacted_thinking" and first.content[0].data
    turns = [*ask("hello"), {"role": "assistant", "content": first.content}]
    assert text_of(ant.messages.create(messages=ask("and then?", *turns), **asked))
    _, body = seen.last_request()
    assert body["messages"][1]["content"][0] == {"type": "redacted_thinking", "data": first.content[0].data}


def test_thinking_of_the_other_dialect(ant, gateway):
    asked = {"model": "gpt-reasoner", "max_tokens": 2048, "messages": ask("sim: tokens=8\nThink first.")}
    message = ant.messages.create(**asked)
    assert [block.type for block in message.content] == ["thinking", "text"]
    with ant.messages.stream(**asked) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"] and final.content[0].thinking


def test_cached_tokens_are_counted_by_lifetime(ant, urls, seen):
    long = {"type": "text", "text": "The harbour rules. " * 400}
    content = [
        {**long, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "More rules. " * 400, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "sim: tokens=3\nhello"},
    ]
    asked = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": ask(content)}
    first, second = ant.messages.create(**asked), ant.messages.create(**asked)
    assert first.usage.cache_creation.ephemeral_1h_input_tokens > 0
    assert first.usage.cache_creation.ephemeral_5m_input_tokens > 0
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens


def test_a_refusal_is_a_refusal(ant, claude):
    message = ant.messages.create(model=claude, max_tokens=99, messages=ask("sim: refuse\nhello"))
    assert message.stop_reason == "refusal"


def test_an_empty_answer_is_an_answer(ant, claude):
    asked = {"model": claude, "max_tokens": 99, "messages": ask("sim: empty\nhello")}
    message = ant.messages.create(**asked)
    assert text_of(message) == "" and message.stop_reason == "end_turn"
    with ant.messages.stream(**asked) as stream:
        assert stream.get_final_message().stop_reason == "end_turn"


def test_citations_survive(ant, urls):
    document = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "The tide turns at noon. Boats wait."},
        "title": "Tides",
        "citations": {"enabled": True},
    }
    asked = {
        "model": "claude-haiku-4-5",
        "max_tokens": 99,
        "messages": ask([document, {"type": "text", "text": "When does it turn?"}]),
    }
    message = ant.messages.create(**asked)
    cited = [c for block in message.content if block.type == "text" for c in block.citations or []]
    assert cited and cited[0].type == "char_location" and cited[0].cited_text in "The tide turns at noon. Boats wait."
    with ant.messages.stream(**asked) as stream:
        assert "citation" in {event.type for event in stream}


def test_tokens_are_counted(ant, urls):
    few = ant.messages.count_tokens(model="claude-haiku-4-5", messages=ask("hello")).input_tokens
    many = ant.messages.count_tokens(model="claude-haiku-4-5", messages=ask("hello " * 100)).input_tokens
    assert 0 < few < many


def test_tokens_of_a_model_of_the_other_dialect_are_counted(ant, gateway):
    few = ant.messages.count_tokens(model="gpt-4.1-mini", messages=ask("hello")).input_tokens
    many = ant.messages.count_tokens(model="gpt-4.1-mini", messages=ask("hello " * 100)).input_tokens
    assert 0 < few < many


def test_models_are_listed(ant, urls):
    names = {model.id for model in ant.models.list()}
    assert "claude-haiku-4-5" in names


def test_the_gateway_says_what_it_did(ant, gateway, claude, crossing):
    raw = ant.messages.with_raw_response.create(model=claude, max_tokens=99, messages=ask("hello"))
    assert raw.headers["x-request-id"]
    assert raw.headers["x-tidegate-provider"] == {"same": "anthropic", "crossed": "openai"}[crossing]
    assert raw.headers["x-tidegate-model"] == claude
    assert raw.headers["x-tidegate-attempts"] == "1"
    assert float(raw.headers["x-tidegate-cost-usd"]) > 0
