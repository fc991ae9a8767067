// Asks Fleet by REST, with types made from its own OpenAPI document: rollouts.ts IMAGE PATCH
// From the environment: FLEET_ENGINE, FLEET_KEY. Trust comes from NODE_EXTRA_CA_CERTS.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import createClient from 'openapi-fetch';
import type { components, paths } from './fleet.js';

type Rollout = components['schemas']['Rollout'];
type RolloutSpec = components['schemas']['RolloutSpec'];

const [image, patch] = process.argv.slice(2);
const connect = (key: string) =>
  createClient<paths>({ baseUrl: process.env.FLEET_ENGINE, headers: { Authorization: `Bearer ${key}` } });
const fleet = connect(process.env.FLEET_KEY!);

async function answer<T>(call: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await call;
  assert.ok(data !== undefined, JSON.stringify(error));
  return data;
}

async function refused(status: number, word: string, call: Promise<{ error?: components['schemas']['Problem']; response: Response }>) {
  const { error, response } = await call;
  assert.deepEqual([response.status, error?.reason], [status, word], JSON.stringify(error));
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(error?.detail, 'a sentence for people');
}

const spec: RolloutSpec = { image, patch, waves: [100], bake: '0s', waveBake: '1s', reason: 'asked by openapi-fetch' };
const rollout = randomUUID();

const plan = await answer(fleet.POST('/v1/rollouts:plan', { body: { spec } }));
assert.deepEqual([plan.refusal ?? '', plan.targets], ['', 2]);
assert.deepEqual(plan.waves?.map(wave => wave.cumulative), [1, 2]);
console.log('ok: a plan');

const created = await answer(fleet.POST('/v1/rollouts', { body: { rollout, spec } }));
assert.equal(created.id, rollout);
assert.equal((await answer(fleet.POST('/v1/rollouts', { body: { rollout, spec } }))).requested, created.requested);
console.log('ok: a rollout, created once by two calls');

const stream = await answer(fleet.GET('/v1/rollouts/{rollout}:watch', { params: { path: { rollout } }, parseAs: 'stream' }));
const seen: Rollout[] = [];
let text = '';
for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
  text += Buffer.from(bytes).toString('utf8');
  for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
    const data = text.slice(0, end).split('\n').find(line => line.startsWith('data: '));
    if (data !== undefined) seen.push(JSON.parse(data.slice('data: '.length)));
  }
}
assert.ok(seen.length > 1, 'states on the way');
assert.equal(seen.at(-1)?.phase, 'ROLLOUT_PHASE_SUCCEEDED', seen.at(-1)?.detail);
assert.equal(seen.at(-1)?.counts?.verified, 2);
console.log(`ok: its watch, ${seen.length} states`);

const listed: (string | undefined)[] = [];
for (let pageToken = ''; ;) {
  const page = await answer(fleet.GET('/v1/rollouts', { params: { query: { pageSize: 1, pageToken } } }));
  listed.push(...(page.rollouts ?? []).map(one => one.id));
  if (!(pageToken = page.nextPageToken ?? '')) break;
}
assert.equal(listed[0], rollout, 'newest first');
assert.equal(new Set(listed).size, listed.length);
console.log(`ok: a list of ${listed.length} in pages of 1`);

await refused(404, 'ROLLOUT_UNKNOWN', fleet.GET('/v1/rollouts/{rollout}', { params: { path: { rollout: 'nobody-made-this' } } }));
await refused(422, 'PATCH_UNKNOWN', fleet.POST('/v1/rollouts', { body: { rollout: randomUUID(), spec: { ...spec, patch: 'nobody-signed-this' } } }));
await refused(401, 'KEY_INVALID', connect('fleet_wrong_key').GET('/v1/rollouts'));
console.log('ok: refusals with their reasons');
