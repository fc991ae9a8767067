// Asks Fleet by gRPC with the JavaScript implementation: rollouts.mjs IMAGE PATCH
// From the environment: FLEET_ENGINE, FLEET_KEY, FLEET_CA (a PEM file), FLEET_PROTOS (folders, separated by ':').
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [image, patch] = process.argv.slice(2);
const { FLEET_ENGINE, FLEET_KEY, FLEET_CA, FLEET_PROTOS } = process.env;
const contract = loadSync(['fleet/v1/rollouts.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: FLEET_PROTOS.split(':'), keepCase: true, longs: String, enums: String, defaults: true,
});
const { Rollouts } = grpc.loadPackageDefinition(contract).fleet.v1;

const connect = key => new Rollouts(new URL(FLEET_ENGINE).host, grpc.credentials.combineChannelCredentials(
  grpc.credentials.createSsl(readFileSync(FLEET_CA)),
  grpc.credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${key}`);
    done(null, metadata);
  })));
const rollouts = connect(FLEET_KEY);

const ask = (method, request, client = rollouts) => new Promise((resolve, reject) =>
  client[method](request, { deadline: Date.now() + 30_000 }, (error, answer) => error ? reject(error) : resolve(answer)));

// The reason is where gRPC libraries have it: a google.rpc.ErrorInfo in the status details.
const reason = error => {
  const { details } = contract['google.rpc.Status'].deserialize(error.metadata.get('grpc-status-details-bin')[0]);
  const info = details.find(any => any.type_url.endsWith('/google.rpc.ErrorInfo'));
  return contract['google.rpc.ErrorInfo'].deserialize(info.value).reason;
};

const refused = async (code, word, call) => {
  const error = await call().then(() => assert.fail(`${word} was expected`), e => e);
  assert.equal(error.code, code, `${error}`);
  assert.equal(reason(error), word);
  assert.ok(error.details.length > 0, 'a sentence for people');
};

const spec = { image, patch, waves: [100], bake: { seconds: 0 }, wave_bake: { seconds: 1 }, reason: 'asked by grpc-js' };
const id = randomUUID();

const plan = await ask('plan', { spec });
assert.deepEqual([plan.refusal, plan.targets], ['', 2]);
assert.deepEqual(plan.waves.map(wave => wave.cumulative), [1, 2]);
console.log('ok: a plan');

const created = await ask('create', { rollout: id, spec });
assert.equal(created.id, id);
assert.equal((await ask('create', { rollout: id, spec })).requested.seconds, created.requested.seconds);
console.log('ok: a rollout, created once by two calls');

const seen = [];
for await (const now of rollouts.watch({ rollout: id }, { deadline: Date.now() + 90_000 })) seen.push(now);
assert.ok(seen.length > 1, 'states on the way');
assert.equal(seen.at(-1).phase, 'ROLLOUT_PHASE_SUCCEEDED', seen.at(-1).detail);
assert.equal(seen.at(-1).counts.verified, 2);
console.log(`ok: its watch, ${seen.length} states`);

const listed = [];
for (let page_token = ''; ;) {
  const page = await ask('list', { page_size: 1, page_token });
  assert.ok(page.rollouts.length <= 1);
  listed.push(...page.rollouts.map(rollout => rollout.id));
  if ((page_token = page.next_page_token) === '') break;
}
assert.equal(listed[0], id, 'newest first');
assert.equal(new Set(listed).size, listed.length);
console.log(`ok: a list of ${listed.length} in pages of 1`);

await refused(grpc.status.NOT_FOUND, 'ROLLOUT_UNKNOWN', () => ask('get', { rollout: 'nobody-made-this' }));
await refused(grpc.status.FAILED_PRECONDITION, 'PATCH_UNKNOWN', () => ask('create', { rollout: randomUUID(), spec: { ...spec, patch: 'nobody-signed-this' } }));
await refused(grpc.status.UNAUTHENTICATED, 'KEY_INVALID', () => ask('list', {}, connect('fleet_wrong_key')));
console.log('ok: refusals with their reasons');
