// The Anthropic client for JavaScript.
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import { assertCancelledSince, crossings, gateway, stats, untilInFlight, urls } from './common.mjs';

const client = new Anthropic({ baseURL: urls.anthropic, apiKey: urls.key, maxRetries: 0, timeout: 15_000 });
const ask = (content, ...before) => [...before, { role: 'user', content }];
const textOf = (message) => message.content.map((block) => block.text ?? '').join('');
const callsOf = (message) => message.content.filter((block) => block.type === 'tool_use');

const forecast = {
  name: 'get_forecast',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
};

crossings('anthropic', 'an answer has text, a reason to stop and usage', async (model) => {
  const messages = ask('sim: tokens=12\nTell me of the tide.');
  const message = await client.messages.create({ model, max_tokens: 200, messages });
  assert.ok(textOf(message).length > 12);
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.usage.output_tokens, 12);
});

crossings('anthropic', 'a stream says the same as an answer', async (model) => {
  const asked = { model, max_tokens: 200, messages: ask('sim: echo\nOne two three – naïve 🌊 four five six.') };
  const whole = await client.messages.create(asked);
  const stream = client.messages.stream(asked);
  let text = '';
  stream.on('text', (piece) => (text += piece));
  const final = await stream.finalMessage();
  assert.equal(text, textOf(whole));
  assert.equal(textOf(final), text);
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
});

crossings('anthropic', 'tools: parallel, streamed in pieces, answered', async (model) => {
  const asked = { model, max_tokens: 400, tools: [forecast] };
  const stream = client.messages.stream({ ...asked, messages: ask('sim: tools=2\nuse the tool') });
  let pieces = 0;
  stream.on('inputJson', () => (pieces += 1));
  const first = await stream.finalMessage();
  assert.equal(first.stop_reason, 'tool_use');
  const calls = callsOf(first);
  assert.equal(calls.length, 2);
  assert.ok(pieces > 3);
  const results = calls.map((call, index) => {
    assert.deepEqual(Object.keys(call.input).sort(), ['city', 'days']);
    return { type: 'tool_result', tool_use_id: call.id, content: `result ${index}` };
  });
  const turns = [...ask('use the tool'), { role: 'assistant', content: first.content }];
  const second = await client.messages.create({ ...asked, messages: ask(results, ...turns) });
  assert.match(textOf(second), /result 0.*result 1/s);
});

crossings('anthropic', 'structured output parses', async (model) => {
  const Port = z.object({ name: z.string(), berths: z.number().int(), open: z.boolean() });
  const message = await client.messages.parse({
    model,
    max_tokens: 400,
    messages: ask('Name a port.'),
    output_config: { format: zodOutputFormat(Port) },
  });
  assert.ok(Port.safeParse(message.parsed_output).success);
});

crossings('anthropic', 'thinking is told apart', async (model, crossing) => {
  const asked =
    crossing === 'same' ? { model, thinking: { type: 'enabled', budget_tokens: 1024 } } : { model: 'gpt-reasoner' };
  const messages = ask('sim: tokens=8\nThink first.');
  const message = await client.messages.create({ ...asked, max_tokens: 2048, messages });
  assert.deepEqual(message.content.map((block) => block.type), ['thinking', 'text']);
  const final = await client.messages.stream({ ...asked, max_tokens: 2048, messages }).finalMessage();
  assert.deepEqual(final.content.map((block) => block.type), ['thinking', 'text']);
  if (crossing === 'same') assert.ok(final.content[0].signature && message.content[0].signature);
});

const RAISED = [
  [400, Anthropic.BadRequestError],
  [404, Anthropic.NotFoundError],
  [429, Anthropic.RateLimitError],
  [500, Anthropic.InternalServerError],
  [503, Anthropic.InternalServerError],
  [529, Anthropic.InternalServerError],
];

for (const [status, raised] of RAISED) {
  crossings('anthropic', `a provider's ${status} raises ${raised.name}`, async (model) => {
    const asked = { model, max_tokens: 99, messages: ask(`sim: status=${status}\nhello`) };
    await assert.rejects(client.messages.create(asked), raised);
    await assert.rejects(client.messages.create({ ...asked, stream: true }), raised);
  });
}

crossings('anthropic', 'an error event in a stream raises', async (model) => {
  const asked = { model, max_tokens: 99, messages: ask('sim: error_after=5,tokens=30,rate=100\nhello') };
  const stream = client.messages.stream(asked);
  let text = '';
  stream.on('text', (piece) => (text += piece));
  await assert.rejects(stream.finalMessage(), Anthropic.APIError);
  assert.ok(text.length > 0);
});

crossings('anthropic', "the client's own timeout", async (model) => {
  const call = client.messages.create(
    { model, max_tokens: 99, messages: ask('sim: delay=5s\nhello') },
    { timeout: 300 },
  );
  await assert.rejects(call, Anthropic.APIConnectionTimeoutError);
});

crossings('anthropic', 'leaving a stream stops the provider', async (model) => {
  const before = (await stats()).cancelled;
  const asked = { model, max_tokens: 4000, messages: ask('sim: rate=20,tokens=2000\nhello') };
  const stream = await client.messages.create({ ...asked, stream: true });
  let events = 0;
  for await (const _ of stream) if (++events === 5) break;
  await assertCancelledSince(before);
});

crossings('anthropic', 'leaving before an answer stops the provider', async (model) => {
  const before = (await stats()).cancelled;
  const leave = new AbortController();
  const call = client.messages.create(
    { model, max_tokens: 99, messages: ask('sim: delay=10s\nhello') },
    { signal: leave.signal },
  );
  const refused = assert.rejects(call, Anthropic.APIUserAbortError);
  await untilInFlight();
  leave.abort();
  await refused;
  await assertCancelledSince(before);
});

gateway('an unknown key is refused', async () => {
  const stranger = new Anthropic({ baseURL: urls.anthropic, apiKey: 'tg-nobody', maxRetries: 0 });
  const call = stranger.messages.create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: ask('hello') });
  await assert.rejects(call, Anthropic.AuthenticationError);
});

gateway('tokens are counted and models listed', async () => {
  for (const model of ['claude-haiku-4-5', 'gpt-4.1-mini']) {
    const { input_tokens } = await client.messages.countTokens({ model, messages: ask('hello there') });
    assert.ok(input_tokens > 0, model);
  }
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes('claude-haiku-4-5'));
});
