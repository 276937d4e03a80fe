"""The Anthropic client: tools, single and parallel, streamed and answered, and structured output."""

import pydantic
import pytest
from conftest import CITY_SCHEMA, PIXEL

FORECAST = {"name": "get_forecast", "description": "The weather to come", "input_schema": CITY_SCHEMA}
SUM = {
    "name": "add_up",
    "input_schema": {"type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}},
}


def ask(content, *before):
    return [*before, {"role": "user", "content": content}]


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def calls_of(message):
    return [block for block in message.content if block.type == "tool_use"]


@pytest.fixture
def create(ant, claude):
    return lambda **asked: ant.messages.create(model=claude, max_tokens=400, **asked)


def test_a_tool_is_called_with_input_that_fits(create):
    message = create(messages=ask("What will the weather be?"), tools=[FORECAST], tool_choice={"type": "any"})
    assert message.stop_reason == "tool_use"
    [call] = calls_of(message)
    assert call.name == "get_forecast" and call.id
    assert set(call.input) == {"city", "days"}


def test_calls_in_parallel_keep_their_ids_and_order(create):
    message = create(messages=ask("sim: tools=3\nuse the tool"), tools=[FORECAST, SUM])
    calls = calls_of(message)
    assert [call.name for call in calls] == ["get_forecast", "add_up", "get_forecast"]
    assert len({call.id for call in calls}) == 3


def test_streamed_input_comes_in_pieces_and_adds_up(ant, claude):
    asked = {"messages": ask("sim: tools=2\nuse the tool"), "tools": [FORECAST, SUM]}
    with ant.messages.stream(model=claude, max_tokens=400, **asked) as stream:
        pieces = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    calls = calls_of(final)
    assert [call.name for call in calls] == ["get_forecast", "add_up"]
    assert set(calls[0].input) == {"city", "days"} and isinstance(calls[1].input, dict)
    assert len(pieces) > 3 and final.stop_reason == "tool_use"


@pytest.mark.parametrize("streamed", [False, True])
def test_tools_results_go_back(ant, claude, create, streamed):
    first = create(messages=ask("sim: tools=2\nuse the tool"), tools=[FORECAST, SUM])
    one, two = calls_of(first)
    results = [
        {"type": "tool_result", "tool_use_id": one.id, "content": "eleven degrees"},
        {"type": "tool_result", "tool_use_id": two.id, "content": [{"type": "text", "text": "forty-two"}]},
    ]
    messages = ask(results, *ask("use the tool"), {"role": "assistant", "content": first.content})
    if streamed:
        with ant.messages.stream(model=claude, max_tokens=400, messages=messages, tools=[FORECAST, SUM]) as stream:
            text = "".join(stream.text_stream)
    else:
        text = text_of(create(messages=messages, tools=[FORECAST, SUM]))
    assert "eleven degrees" in text and "forty-two" in text


def test_a_tools_result_may_be_a_picture_or_a_failure(create, seen):
    first = create(messages=ask("sim: tools=2\nuse the tool"), tools=[FORECAST, SUM])
    one, two = calls_of(first)
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    results = [
        {"type": "tool_result", "tool_use_id": one.id, "content": [picture]},
        {"type": "tool_result", "tool_use_id": two.id, "content": "no such port", "is_error": True},
    ]
    messages = ask(results, *ask("use the tool"), {"role": "assistant", "content": first.content})
    assert text_of(create(messages=messages, tools=[FORECAST, SUM]))
    _, body = seen.last_request()
    assert PIXEL in str(body) and "no such port" in str(body)


def test_a_named_tool_is_the_one_called(create):
    message = create(messages=ask("hello"), tools=[FORECAST, SUM], tool_choice={"type": "tool", "name": "add_up"})
    assert [call.name for call in calls_of(message)] == ["add_up"]


def test_no_tool_is_called_when_none_may_be(create):
    message = create(messages=ask("use the tool"), tools=[FORECAST], tool_choice={"type": "none"})
    assert calls_of(message) == [] and text_of(message)


def test_one_call_at_a_time_when_asked(create):
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    message = create(messages=ask("sim: tools=3\nuse the tool"), tools=[FORECAST, SUM], tool_choice=choice)
    assert len(calls_of(message)) == 1


class Port(pydantic.BaseModel):
    name: str
    berths: int
    open: bool


def test_structured_output_parses(ant, claude):
    message = ant.messages.parse(model=claude, max_tokens=400, messages=ask("Name a port."), output_format=Port)
    assert isinstance(message.parsed_output, Port)


def test_structured_output_streams(ant, claude):
    with ant.messages.stream(
        model=claude, max_tokens=400, messages=ask("Name a port."), output_format=Port
    ) as stream:
        final = stream.get_final_message()
    assert isinstance(final.parsed_output, Port)
