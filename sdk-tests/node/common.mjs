// What the suites share: where the gateway is, the models of each crossing, and a look at what the simulator saw.
import assert from 'node:assert/strict';
import { test } from 'node:test';

if (!process.env.TIDEGATE_URLS) throw new Error('run these through run.mjs, which starts the gateway');
export const urls = JSON.parse(process.env.TIDEGATE_URLS);

const MODELS = {
  openai: { same: 'gpt-4.1-mini', crossed: 'claude-haiku-4-5' },
  anthropic: { same: 'claude-haiku-4-5', crossed: 'gpt-4.1-mini' },
};

/** One test per crossing: the provider speaks the SDK's dialect, or the other. */
export function crossings(dialect, name, body) {
  for (const [crossing, model] of Object.entries(MODELS[dialect])) {
    const skip = crossing === 'crossed' && urls.direct ? 'needs the gateway' : false;
    test(`${name} [${crossing}]`, { skip, timeout: 20_000 }, () => body(model, crossing));
  }
}

/** A test of what only a gateway does. */
export function gateway(name, body) {
  test(name, { skip: urls.direct ? 'needs the gateway' : false, timeout: 20_000 }, body);
}

export async function stats() {
  return (await fetch(`${urls.sim}/sim/stats`)).json();
}

/** Waits until the simulator noticed that a caller left; fails when it takes too long. */
export async function assertCancelledSince(before, within = 500) {
  const began = performance.now();
  while (performance.now() - began < 2_000) {
    if ((await stats()).cancelled > before) {
      const took = performance.now() - began;
      assert.ok(took < within, `the provider was told after ${took} ms`);
      return;
    }
    await new Promise((next) => setTimeout(next, 5));
  }
  assert.fail('the provider was not told within 2 s');
}

/** Resolves once the simulator holds a call. */
export async function untilInFlight() {
  const began = performance.now();
  while ((await stats()).in_flight === 0) {
    assert.ok(performance.now() - began < 5_000, 'no call reached the simulator');
    await new Promise((next) => setTimeout(next, 5));
  }
}
