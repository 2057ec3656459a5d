import { createHash } from 'node:crypto';
import test from 'ava';
import { Compile } from 'typebox/schema';
import { nobody } from '../../agent/primitives/agent/self.ts';
import { describeAll, openRegistry } from '../../agent/primitives/registry.ts';
import { familiesOfOneSystem, whyMissing } from '../../protocol/primitive.ts';
import { Information } from '../../agent/primitives/system/parts.ts';
import { PrimitiveDescription } from '../../protocol/primitive.ts';
import { makeWorkshop } from '../execution/support.ts';

const registry = await openRegistry(nobody, 'linux');
const described = await registry.describe();
const form = Compile(PrimitiveDescription);

test('every description has its form and crosses as plain JSON', (t) => {
  for (const description of described) t.true(form.Check(description), description.name);
  t.deepEqual(JSON.parse(JSON.stringify(described)), described);
});

test('a technician finds a title and a description for every parameter', (t) => {
  for (const { name, params } of described) {
    const properties: Record<string, { title?: string; description?: string }> = Object(params['properties']);
    for (const [key, property] of Object.entries(properties)) t.truthy(property.title && property.description, `${name} ${key}`);
    t.is(params['additionalProperties'], false, name);
  }
});

test('a technician finds a title and a description for every field of a result, and the fields of every list of things', (t) => {
  const look = (schema: Record<string, unknown>, where: string): void => {
    if (schema['type'] === 'array') look(Object(schema['items']), where);
    for (const [key, field] of Object.entries<Record<string, unknown>>(Object(schema['properties']))) {
      t.truthy(field['title'] && field['description'], `${where} ${key}`);
      look(field, `${where} ${key}`);
    }
  };
  for (const { name, result } of described) look(result, name);
});

test('the primitives of this issue are there, each with its risk', (t) => {
  t.deepEqual(Object.fromEntries(described.map(({ name, risk }) => [name, risk])), {
    'agent.check-in': 'read',
    'agent.echo': 'read',
    'agent.log': 'read',
    'agent.settings': 'read',
    'agent.status': 'read',
    'event-log.read': 'read',
    'event-log.follow': 'read',
    'network.connections': 'read',
    'network.interfaces': 'read',
    'network.ping': 'read',
    'network.port-check': 'read',
    'network.resolve': 'read',
    'network.routes': 'read',
    'procedure.run': 'read',
    'wake-on-lan.send': 'change',
    'disk.usage': 'read',
    'schedule.list': 'read',
    'user.list': 'read',
    'service.list': 'read',
    'service.properties': 'read',
    'service.start': 'change',
    'service.stop': 'disrupt',
    'service.restart': 'change',
    'service.enable': 'change',
    'service.disable': 'change',
    'system.information': 'read',
    'system.reboot': 'disrupt',
    'system.shut-down': 'disrupt',
    'system.cancel-shutdown': 'change',
    'shell.execute': 'control',
    'process.execute': 'control',
    'process.list': 'read',
    'process.is-running': 'read',
    'package.install': 'change',
    'package.list': 'read',
    'package.remove': 'disrupt',
    'package.update': 'disrupt',
    'package.updates': 'read',
    'process.close': 'disrupt',
    'file.execute': 'control',
    'file.read': 'read',
    'file.read-blocks': 'read',
    'file.list': 'read',
    'file.properties': 'read',
    'file.search': 'read',
    'file.hash': 'read',
    'file.archive': 'read',
    'file.write': 'control',
    'file.delete': 'control',
    'file.move': 'control',
    'file.copy': 'control',
    'file.rename-locked': 'control',
    'file.make-directory': 'control',
    'terminal.open': 'control',
    'audit.files': 'read',
    'audit.full': 'read',
    'audit.incremental': 'read',
    'tunnel.open': 'control',
    'dialog.ask': 'change',
    'dialog.flash': 'change',
    'dialog.message': 'change',
    'screen.capture': 'control',
    'variable.get': 'control',
  });
});

test('what does not exist on a platform is not offered there', async (t) => {
  const names = (await (await openRegistry(nobody, 'win32')).describe()).map(({ name }) => name);
  t.false(names.includes('terminal.open'));
  t.true(names.includes('agent.echo'));
});

test('a family that only one system has is told apart from a name that nobody has, for as long as a machine has none of it', async (t) => {
  const all = await describeAll();
  const families = [...new Set(all.map(({ name }) => name.slice(0, name.indexOf('.'))))];
  const isMissingHere = (family: string) => all.every(({ name, platforms }) => !name.startsWith(`${family}.`) || !platforms.includes('linux'));
  t.deepEqual(families.filter(isMissingHere), [...familiesOfOneSystem]);
  t.is(whyMissing('registry.get-value', ['agent.echo'], '').code, 'not-on-this-platform');
  for (const [name, known] of [['registry.no', ['registry.get-value']], ['registry', ['agent.echo']], ['no.such', []], ['registries.x', []]] as const) t.is(whyMissing(name, known, '').code, 'primitive-unknown', name);
});

test('the digest is that of what is described, so that what is known need not be told again', async (t) => {
  t.is(registry.digest, createHash('sha256').update(JSON.stringify(described)).digest('hex'));
  t.not((await openRegistry(nobody, 'win32')).digest, registry.digest);
});

test('every primitive is found by its name, at once when its family is loaded; nothing else is', async (t) => {
  for (const { name } of described) t.is((await registry.find(name))?.name, name);
  t.false(registry.find('agent.echo') instanceof Promise);
  for (const name of ['agent.no', 'no.echo', 'constructor.name', '__proto__.x', '', 'echo']) t.is(await registry.find(name), undefined, name);
});

test('agent.check-in calls what it was given', async (t) => {
  let checkedIn = 0;
  const { find } = await openRegistry({
    ...nobody,
    checkIn: () => {
      checkedIn += 1;
    },
  });
  const primitive = await find('agent.check-in');
  const context = { signal: new AbortController().signal, directiveId: '', output: async () => undefined, progress: () => undefined };
  t.deepEqual(await primitive?.run?.({}, context), { ok: true, value: {} });
  t.is(checkedIn, 1);
});

test('system.information gives the parts that were asked for, in the form of its schema, in the worker', async (t) => {
  const { run, executor } = makeWorkshop();
  const { ending } = await run('system.information', { parts: ['processor', 'memory', 'clock'] });
  const result: Record<string, unknown> = Object(ending.result);
  t.deepEqual(Object.keys(result), ['processor', 'memory', 'clock']);
  t.true(Number(Object(result['memory']).totalBytes) > 1_000_000);
  const information = described.find(({ name }) => name === 'system.information');
  const parts = Object.keys(Object(information?.result['properties']));
  const all = Object((await run('system.information', { parts })).ending.result);
  t.deepEqual(Object.keys(all), parts);
  t.deepEqual(Compile(Information).Errors(all), [true, []]);
  await executor.stop();
});

test('terminal.open without a live stream says what it needs', async (t) => {
  const { run, executor } = makeWorkshop();
  t.is((await run('terminal.open', {})).ending.code, 'no-terminal');
  await executor.stop();
});
