// Starts simulator and gateway (../live.py), runs every *.test.mjs here under node --test, stops both.
// Arguments are passed on to node --test, before the files: `node run.mjs --test-name-pattern stream`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const ours = join(here, '..', '..', '.tools', 'venv', 'bin', 'python');
const python = existsSync(ours) ? ours : 'python3';

const live = spawn(python, [join(here, '..', 'live.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
const urls = await new Promise((found, failed) => {
  createInterface({ input: live.stdout }).once('line', found);
  live.once('exit', (code) => failed(new Error(`live.py ended with ${code} before it was ready`)));
});

const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs')).map((name) => join(here, name));
// One process at a time: the tests read the simulator's counters, which all calls share.
const options = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...process.argv.slice(2), ...files];
const ran = spawnSync(process.execPath, options, { stdio: 'inherit', env: { ...process.env, TIDEGATE_URLS: urls } });

const stopped = new Promise((done) => live.once('exit', done));
live.stdin.end();
const code = await stopped;
if (code !== 0) console.error(`live.py ended with ${code}`);
process.exit(ran.status === 0 && code === 0 ? 0 : 1);
