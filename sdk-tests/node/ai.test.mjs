// Vercel's AI SDK with its OpenAI and Anthropic providers.
import assert from 'node:assert/strict';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embedMany, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { z } from 'zod';
import { crossings, gateway, urls } from './common.mjs';

const openai = createOpenAI({ baseURL: urls.openai, apiKey: urls.key });
const anthropic = createAnthropic({ baseURL: `${urls.anthropic}/v1`, apiKey: urls.key });

// `.chat`: by default this SDK speaks OpenAI's other API.
const made = { openai: (model) => openai.chat(model), anthropic: (model) => anthropic(model) };
const Port = z.object({ name: z.string(), berths: z.number().int(), open: z.boolean() });

const tools = {
  get_forecast: tool({
    description: 'The weather to come',
    inputSchema: z.object({ city: z.string(), days: z.number().int() }),
    execute: async () => 'eleven degrees',
  }),
};

for (const dialect of ['openai', 'anthropic']) {
  const check = (name, body) =>
    crossings(dialect, `${dialect}: ${name}`, (model, crossing) => body(made[dialect](model), crossing));

  check('generateText', async (model) => {
    const { text, finishReason, usage } = await generateText({ model, prompt: 'sim: tokens=12\nhello', maxRetries: 0 });
    assert.ok(text.length > 12);
    assert.equal(finishReason, 'stop');
    assert.equal(usage.outputTokens, 12);
  });

  check('streamText', async (model) => {
    const prompt = 'sim: echo\nOne two three – naïve 🌊 four.';
    const { text: whole } = await generateText({ model, prompt, maxRetries: 0 });
    const result = streamText({ model, prompt, maxRetries: 0 });
    let text = '';
    let pieces = 0;
    for await (const piece of result.textStream) {
      text += piece;
      pieces += 1;
    }
    assert.equal(text, whole);
    assert.ok(pieces > 3);
    assert.equal(await result.finishReason, 'stop');
    assert.ok((await result.usage).outputTokens > 0);
  });

  check('tools, run to the end', async (model) => {
    const stopWhen = stepCountIs(3);
    const { text, steps } = await generateText({ model, prompt: 'use the tool', tools, stopWhen, maxRetries: 0 });
    assert.match(text, /eleven degrees/);
    assert.equal(steps.length, 2);
  });

  check('tools, streamed', async (model) => {
    const result = streamText({ model, prompt: 'use the tool', tools, stopWhen: stepCountIs(3), maxRetries: 0 });
    const kinds = new Set();
    for await (const part of result.fullStream) kinds.add(part.type);
    for (const kind of ['tool-input-start', 'tool-input-delta', 'tool-call', 'tool-result', 'text-delta', 'finish']) {
      assert.ok(kinds.has(kind), kind);
    }
    assert.match(await result.text, /eleven degrees/);
  });

  check('generateObject', async (model) => {
    const { object } = await generateObject({ model, schema: Port, prompt: 'Name a port.', maxRetries: 0 });
    assert.ok(Port.safeParse(object).success);
  });

  check('streamObject', async (model) => {
    const result = streamObject({ model, schema: Port, prompt: 'Name a port.', maxRetries: 0 });
    for await (const _ of result.partialObjectStream);
    assert.ok(Port.safeParse(await result.object).success);
  });

  for (const [status, retryable] of [[400, false], [429, true], [500, true]]) {
    check(`a provider's ${status} is an APICallError`, async (model) => {
      const call = generateText({ model, prompt: `sim: status=${status}\nhello`, maxRetries: 0 });
      await assert.rejects(call, (fault) => {
        assert.ok(APICallError.isInstance(fault), String(fault));
        // A translated failure of the provider's is a 502: the gateway is in between and says so.
        assert.ok(fault.statusCode === status || (status >= 500 && fault.statusCode === 502), String(fault.statusCode));
        assert.equal(fault.isRetryable, retryable);
        return true;
      });
    });
  }

  check('an error event in a stream is an error part', async (model) => {
    const errors = [];
    const prompt = 'sim: error_after=5,tokens=30,rate=100\nhello';
    const result = streamText({ model, prompt, maxRetries: 0, onError: ({ error }) => errors.push(error) });
    const kinds = [];
    for await (const part of result.fullStream) kinds.push(part.type);
    assert.ok(kinds.includes('text-delta') && kinds.includes('error'));
    assert.equal(errors.length, 1);
  });
}

gateway('reasoning of an Anthropic model', async () => {
  const { text, reasoningText } = await generateText({
    model: anthropic('claude-haiku-4-5'),
    prompt: 'sim: tokens=8\nThink first.',
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
    maxRetries: 0,
  });
  assert.ok(text && reasoningText);
});

gateway('embedMany', async () => {
  const model = openai.textEmbeddingModel('text-embedding-3-small');
  const { embeddings } = await embedMany({ model, values: ['one', 'two'], maxRetries: 0 });
  assert.equal(embeddings.length, 2);
});
