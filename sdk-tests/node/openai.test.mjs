// The OpenAI client for JavaScript.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { assertCancelledSince, crossings, gateway, stats, untilInFlight, urls } from './common.mjs';

const client = new OpenAI({ baseURL: urls.openai, apiKey: urls.key, maxRetries: 0, timeout: 15_000 });
const ask = (content, ...before) => [...before, { role: 'user', content }];

const forecast = {
  type: 'function',
  function: {
    name: 'get_forecast',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};

crossings('openai', 'an answer has text, a reason to stop and usage', async (model) => {
  const answer = await client.chat.completions.create({ model, messages: ask('sim: tokens=12\nTell me of the tide.') });
  assert.ok(answer.choices[0].message.content.length > 12);
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.completion_tokens, 12);
});

crossings('openai', 'a stream says the same as an answer, usage last', async (model) => {
  const messages = ask('sim: echo\nOne two three – naïve 🌊 four five six.');
  const whole = await client.chat.completions.create({ model, messages });
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let last;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    last = chunk;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.completion_tokens, whole.usage.completion_tokens);
});

crossings('openai', 'the stream helper assembles text', async (model) => {
  const stream = client.chat.completions.stream({ model, messages: ask('sim: tokens=20\nhello') });
  let text = '';
  stream.on('content', (piece) => (text += piece));
  assert.equal(await stream.finalContent(), text);
  assert.ok(text.length > 20);
});

crossings('openai', 'tools: parallel, streamed in pieces, answered', async (model) => {
  const messages = ask('sim: tools=2\nuse the tool');
  const stream = client.chat.completions.stream({ model, messages, tools: [forecast] });
  const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0];
  assert.equal(finish_reason, 'tool_calls');
  assert.equal(message.tool_calls.length, 2);
  assert.notEqual(message.tool_calls[0].id, message.tool_calls[1].id);
  const results = message.tool_calls.map((call, index) => {
    assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)).sort(), ['city', 'days']);
    return { role: 'tool', tool_call_id: call.id, content: `result ${index}` };
  });
  const answer = await client.chat.completions.create({
    model,
    messages: [...ask('use the tool'), message, ...results],
    tools: [forecast],
  });
  assert.match(answer.choices[0].message.content, /result 0.*result 1/s);
});

crossings('openai', 'the tool runner runs to the end', async (model) => {
  const asked = [];
  const runner = client.chat.completions.runTools({
    model,
    messages: ask('use the tool'),
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_forecast',
          description: 'The weather to come',
          parameters: forecast.function.parameters,
          parse: JSON.parse,
          function: (input) => {
            asked.push(input);
            return 'eleven degrees';
          },
        },
      },
    ],
  });
  assert.match(await runner.finalContent(), /eleven degrees/);
  assert.equal(asked.length, 1);
});

crossings('openai', 'structured output parses', async (model) => {
  const Port = z.object({ name: z.string(), berths: z.number().int(), open: z.boolean() });
  const answer = await client.chat.completions.parse({
    model,
    messages: ask('Name a port.'),
    response_format: zodResponseFormat(Port, 'port'),
  });
  assert.ok(Port.safeParse(answer.choices[0].message.parsed).success);
});

const RAISED = [
  [400, OpenAI.BadRequestError],
  [404, OpenAI.NotFoundError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
  [503, OpenAI.InternalServerError],
];

for (const [status, raised] of RAISED) {
  crossings('openai', `a provider's ${status} raises ${raised.name}`, async (model) => {
    const messages = ask(`sim: status=${status}\nhello`);
    await assert.rejects(client.chat.completions.create({ model, messages }), raised);
    await assert.rejects(client.chat.completions.create({ model, messages, stream: true }), raised);
  });
}

crossings('openai', 'a rate limit says when to come back', async (model) => {
  const messages = ask('sim: status=429,retry_after=7\nhello');
  await assert.rejects(client.chat.completions.create({ model, messages }), (fault) => {
    assert.ok(fault instanceof OpenAI.RateLimitError);
    assert.equal(fault.headers.get('retry-after'), '7');
    return true;
  });
});

crossings('openai', 'an error event in a stream raises', async (model) => {
  const messages = ask('sim: error_after=5,tokens=30,rate=100\nhello');
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let pieces = 0;
  await assert.rejects(async () => {
    for await (const chunk of stream) pieces += chunk.choices.length;
  }, OpenAI.APIError);
  assert.ok(pieces > 0);
});

crossings('openai', "the client's own timeout", async (model) => {
  const messages = ask('sim: delay=5s\nhello');
  const call = client.chat.completions.create({ model, messages }, { timeout: 300 });
  await assert.rejects(call, OpenAI.APIConnectionTimeoutError);
});

crossings('openai', 'leaving a stream stops the provider', async (model) => {
  const before = (await stats()).cancelled;
  const messages = ask('sim: rate=20,tokens=2000\nhello');
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let pieces = 0;
  for await (const _ of stream) if (++pieces === 4) break;
  await assertCancelledSince(before);
});

crossings('openai', 'leaving before an answer stops the provider', async (model) => {
  const before = (await stats()).cancelled;
  const leave = new AbortController();
  const messages = ask('sim: delay=10s\nhello');
  const call = client.chat.completions.create({ model, messages }, { signal: leave.signal });
  const refused = assert.rejects(call, OpenAI.APIUserAbortError);
  await untilInFlight();
  leave.abort();
  await refused;
  await assertCancelledSince(before);
});

gateway('an unknown key is refused', async () => {
  const stranger = new OpenAI({ baseURL: urls.openai, apiKey: 'tg-nobody', maxRetries: 0 });
  const call = stranger.chat.completions.create({ model: 'gpt-4.1-mini', messages: ask('hello') });
  await assert.rejects(call, OpenAI.AuthenticationError);
});

gateway('a model the key may not use is refused', async () => {
  const narrow = new OpenAI({ baseURL: urls.openai, apiKey: urls.narrow_key, maxRetries: 0 });
  const call = narrow.chat.completions.create({ model: 'gpt-retried', messages: ask('hello') });
  await assert.rejects(call, OpenAI.PermissionDeniedError);
});

gateway('embeddings and the list of models', async () => {
  const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] });
  assert.equal(answer.data.length, 2);
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes('gpt-4.1-mini') && names.includes('claude-haiku-4-5'));
});
