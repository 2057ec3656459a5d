import test from 'ava';
import { paramsOfFlags, propertiesOf } from '../../console/terminal/params.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';

const primitive: PrimitiveDescription = {
  name: 'demo.run',
  title: 'Demo',
  description: '',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params: {
    type: 'object',
    properties: {
      workingDirectory: { type: 'string', description: 'where' },
      count: { type: 'integer', default: 3 },
      force: { type: 'boolean' },
      args: { type: 'array', items: { type: 'string' } },
      name: { type: 'string' },
    },
    required: ['name'],
  },
  result: {},
};

test('flags get their types from the schema', (t) => {
  const flags = ['--name', '7', '--count=5', '--force', '--args', '-x', '--args', 'y', '--working-directory', '/tmp'];
  t.deepEqual(paramsOfFlags(propertiesOf(primitive), flags), {
    ok: true,
    value: { name: '7', count: 5, force: true, args: ['-x', 'y'], workingDirectory: '/tmp' },
  });
});

test('an unknown flag, a missing value and a wrong type are said', (t) => {
  const read = (...flags: string[]) => paramsOfFlags(propertiesOf(primitive), flags);
  const unknown = read('--nam', 'x');
  t.regex(unknown.ok ? '' : unknown.detail, /did you mean --name\?/);
  t.false(read('--name').ok);
  const wrong = read('--count', 'many');
  t.is(wrong.ok ? '' : wrong.code, 'params-invalid');
  t.false(read('loose').ok);
});

test('needed parameters come first', (t) => {
  t.is(propertiesOf(primitive)[0]?.name, 'name');
  t.deepEqual(propertiesOf(primitive).map(({ type }) => type), ['string', 'string', 'integer', 'boolean', 'list of string']);
});
