"""The OpenAI client: tools, single and parallel, streamed and answered, and structured output."""

import json

import openai
import pydantic
import pytest
from conftest import CITY_SCHEMA

FORECAST = {
    "type": "function",
    "function": {"name": "get_forecast", "description": "The weather to come", "parameters": CITY_SCHEMA},
}
SUM = {
    "type": "function",
    "function": {
        "name": "add_up",
        "parameters": {"type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}},
    },
}


def ask(text):
    return [{"role": "user", "content": text}]


def streamed_calls(chunks):
    """Tool calls put together the way the documentation says: by index."""
    calls = {}
    for chunk in chunks:
        for piece in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            call = calls.setdefault(piece.index, {"id": None, "name": "", "arguments": "", "pieces": 0})
            call["id"] = call["id"] or piece.id
            call["name"] += piece.function.name or ""
            call["arguments"] += piece.function.arguments or ""
            call["pieces"] += 1
    return [calls[index] for index in sorted(calls)]


def test_a_tool_is_called_with_arguments_that_fit(oai, gpt):
    answer = oai.chat.completions.create(
        model=gpt, messages=ask("What will the weather be?"), tools=[FORECAST], tool_choice="required"
    )
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls
    assert call.type == "function" and call.function.name == "get_forecast" and call.id
    assert {"city", "days"} == set(json.loads(call.function.arguments))


def test_calls_in_parallel_keep_their_ids_and_order(oai, gpt):
    answer = oai.chat.completions.create(
        model=gpt, messages=ask("sim: tools=3\nuse the tool"), tools=[FORECAST, SUM], tool_choice="auto"
    )
    calls = answer.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_forecast", "add_up", "get_forecast"]
    assert len({call.id for call in calls}) == 3


def test_streamed_arguments_come_in_pieces_and_add_up(oai, gpt):
    asked = {"model": gpt, "messages": ask("sim: tools=2\nuse the tool"), "tools": [FORECAST, SUM]}
    chunks = list(oai.chat.completions.create(**asked, stream=True))
    calls = streamed_calls(chunks)
    assert [c["name"] for c in calls] == ["get_forecast", "add_up"]
    assert set(json.loads(calls[0]["arguments"])) == {"city", "days"}
    assert isinstance(json.loads(calls[1]["arguments"]), dict)
    assert len({c["id"] for c in calls}) == 2 and calls[0]["pieces"] > 2
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"


def test_the_helper_parses_streamed_tool_calls(oai, gpt):
    class Forecast(pydantic.BaseModel):
        city: str
        days: int

    tool = openai.pydantic_function_tool(Forecast, name="get_forecast")
    with oai.chat.completions.stream(
        model=gpt, messages=ask("hello"), tools=[tool], tool_choice="required"
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion()
    assert [event.name for event in done] == ["get_forecast"]
    assert isinstance(final.choices[0].message.tool_calls[0].function.parsed_arguments, Forecast)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tools_result_goes_back(oai, gpt, streamed):
    first = oai.chat.completions.create(model=gpt, messages=ask("sim: tools=2\nuse the tool"), tools=[FORECAST, SUM])
    calls = first.choices[0].message.tool_calls
    messages = [
        *ask("use the tool"),
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": calls[0].id, "content": "eleven degrees"},
        {"role": "tool", "tool_call_id": calls[1].id, "content": [{"type": "text", "text": "forty-two"}]},
    ]
    if streamed:
        chunks = oai.chat.completions.create(model=gpt, messages=messages, tools=[FORECAST, SUM], stream=True)
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    else:
        answer = oai.chat.completions.create(model=gpt, messages=messages, tools=[FORECAST, SUM])
        text = answer.choices[0].message.content
    assert "eleven degrees" in text and "forty-two" in text


def test_a_named_tool_is_the_one_called(oai, gpt):
    named = {"type": "function", "function": {"name": "add_up"}}
    answer = oai.chat.completions.create(model=gpt, messages=ask("hello"), tools=[FORECAST, SUM], tool_choice=named)
    assert [c.function.name for c in answer.choices[0].message.tool_calls] == ["add_up"]


def test_no_tool_is_called_when_none_may_be(oai, gpt):
    answer = oai.chat.completions.create(
        model=gpt, messages=ask("use the tool"), tools=[FORECAST], tool_choice="none"
    )
    assert not answer.choices[0].message.tool_calls and answer.choices[0].message.content


def test_one_call_at_a_time_when_asked(oai, gpt):
    answer = oai.chat.completions.create(
        model=gpt, messages=ask("sim: tools=3\nuse the tool"), tools=[FORECAST, SUM], parallel_tool_calls=False
    )
    assert len(answer.choices[0].message.tool_calls) == 1


class Port(pydantic.BaseModel):
    name: str
    berths: int
    open: bool


def test_structured_output_parses(oai, gpt):
    answer = oai.chat.completions.parse(model=gpt, messages=ask("Name a port."), response_format=Port)
    assert isinstance(answer.choices[0].message.parsed, Port)


def test_structured_output_streams(oai, gpt):
    with oai.chat.completions.stream(model=gpt, messages=ask("Name a port."), response_format=Port) as stream:
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, Port)


def test_structured_output_cut_short_raises(oai, gpt):
    with pytest.raises(openai.LengthFinishReasonError):
        oai.chat.completions.parse(model=gpt, messages=ask("Name a port."), response_format=Port, max_tokens=3)
