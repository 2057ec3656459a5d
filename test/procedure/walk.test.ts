import { array, assert, boolean, constant, constantFrom, oneof, property, record } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Procedure, Step } from '../../protocol/procedure/procedure.ts';
import { resultOf } from '../../protocol/procedure/result.ts';
import { notRepeatable, recordOf } from '../../protocol/procedure/stand.ts';
import { after, again, begin } from '../../protocol/procedure/walk.ts';
import type { Walk } from '../../protocol/procedure/stand.ts';
import type { Course, DeedEnd, Move } from '../../protocol/procedure/walk.ts';

const run = { primitive: 'test.echo', params: { text: 'hi' } };
const course = (steps: readonly Step[], parameters = {}): Course => ({ procedure: { name: 'p', title: 'P', steps: [...steps] }, parameters, variables: {}, nowMs: 1 });
const good: DeedEnd = { ok: true, result: { list: ['a', 'b'] } };
const bad: DeedEnd = failure('exit-nonzero', 'exit code 1');

/** Ends every deed as `ends` says, good unless it does; gives the deeds in their order and the last walk. */
function walkThrough(given: Course, ends: Readonly<Record<string, DeedEnd>> = {}, most = Number.POSITIVE_INFINITY): { deeds: string[]; walk: Walk } {
  const deeds: string[] = [];
  let move = begin(given);
  const open = [...move.starts];
  for (let start = open.shift(); start !== undefined && deeds.length < most; start = open.shift()) {
    deeds.push(`${start.step} ${JSON.stringify(start.params['text'])}`);
    move = after(given, move.walk, start.step, (Object.hasOwn(ends, start.step) ? ends[start.step] : undefined) ?? good);
    open.push(...move.starts);
  }
  return { deeds, walk: move.walk };
}

test('steps go one after the other, and one that fails stops the whole', (t) => {
  const steps = [{ name: 'a', run }, { name: 'b', run }, { name: 'c', run }];
  t.like(walkThrough(course(steps)), { deeds: ['a "hi"', 'b "hi"', 'c "hi"'], walk: { end: { ok: true } } });
  t.like(walkThrough(course(steps), { b: bad }), { deeds: ['a "hi"', 'b "hi"'], walk: { end: { ok: false, step: 'b', code: 'exit-nonzero', detail: 'exit code 1' } } });
});

test('on an error it goes on, or to the step that is named, and a condition sees what became of a step', (t) => {
  const steps: Step[] = [{ name: 'a', run, onError: { goTo: 'c' } }, { name: 'b', run }, { name: 'c', run, onError: 'continue' }, { name: 'd', when: "steps.c.state == 'failed' and steps.c.code == 'exit-nonzero'", run }];
  t.deepEqual(walkThrough(course(steps), { a: bad, c: bad }).deeds, ['a "hi"', 'c "hi"', 'd "hi"']);
  const { deeds, walk } = walkThrough(course(steps));
  t.deepEqual(deeds, ['a "hi"', 'b "hi"', 'c "hi"']);
  t.is(recordOf(walk, 'd')?.state, 'left-out');
});

test('a loop runs once for each element, stops at the first failure, and has its bound', (t) => {
  const steps: Step[] = [{ name: 'a', run }, { name: 'each', run: { primitive: 'test.echo', params: { text: '${word}' } }, forEach: { items: 'steps.a.result.list', as: 'word', atMost: 2 } }];
  t.deepEqual(walkThrough(course(steps)).deeds, ['a "hi"', 'each "a"', 'each "b"']);
  t.like(walkThrough(course(steps), { each: bad }).walk, { end: { ok: false, step: 'each' }, steps: { each: { rounds: 1 } } });
  t.like(walkThrough(course(steps), { a: { ok: true, result: { list: [1, 2, 3] } } }).walk.end, { ok: false, step: 'each', detail: 'steps.a.result.list has 3 elements, 2 are allowed' });
  t.like(walkThrough(course(steps), { a: { ok: true } }).walk.end, { ok: false, detail: 'steps.a.result.list is not a list' });
  t.like(walkThrough(course(steps), { a: { ok: true, result: { list: [] } } }).walk, { end: { ok: true }, steps: { each: { state: 'succeeded', rounds: 0 } } });
});

test('steps side by side begin together, and the step around them has failed when one of them has', (t) => {
  const steps: Step[] = [{ name: 'both', parallel: [{ name: 'left', run }, { name: 'right', run }, { name: 'never', when: 'false', run }] }, { name: 'c', run }];
  const given = course(steps);
  const first = begin(given);
  t.deepEqual(first.starts.map(({ step }) => step), ['left', 'right']);
  const half = after(given, first.walk, 'right', bad);
  t.deepEqual([half.starts, half.walk.end, half.walk.running], [[], undefined, ['left']]);
  t.like(after(given, half.walk, 'left', good).walk, { end: { ok: false, step: 'both', detail: 'right: exit code 1' }, steps: { left: { state: 'succeeded' }, never: { state: 'left-out' } } });
  t.deepEqual(after(given, after(given, first.walk, 'right', good).walk, 'left', good).starts.map(({ step }) => step), ['c']);
});

test('a step goes to another than the next only after it has succeeded', (t) => {
  const steps: Step[] = [{ name: 'a', run, when: 'parameters.yes', goTo: 'c', onError: 'continue' }, { name: 'b', run }, { name: 'c', run }];
  t.deepEqual(walkThrough(course(steps, { yes: true })).deeds, ['a "hi"', 'c "hi"']);
  t.deepEqual(walkThrough(course(steps, { yes: true }), { a: bad }).deeds, ['a "hi"', 'b "hi"', 'c "hi"']);
  t.deepEqual(walkThrough(course(steps, { yes: false })).deeds, ['b "hi"', 'c "hi"']);
});

test('a condition that gives anything but true is not met', (t) => {
  for (const when of ["'yes'", '1', 'parameters.list', 'parameters.none']) t.like(walkThrough(course([{ name: 'a', when, run }], { list: [1] })), { deeds: [], walk: { end: { ok: true }, steps: { a: { state: 'left-out' } } } }, when);
});

test('a loop is one step: it began with its first round, ends with its last, and nothing of it is known behind it', (t) => {
  const steps: Step[] = [{ name: 'each', run, forEach: { items: 'parameters.list', as: 'word', atMost: 3 } }, { name: 'b', run: { primitive: 'test.echo', params: { text: '${word}' } } }];
  const given = course(steps, { list: ['x', 'y', 'z'] });
  let move = begin(given);
  for (const nowMs of [2, 3, 4]) move = after({ ...given, nowMs }, move.walk, 'each', good);
  t.like(recordOf(move.walk, 'each'), { state: 'succeeded', rounds: 3, startedAtMs: 1, endedAtMs: 4 });
  t.is(move.walk.loop, undefined);
  t.deepEqual(move.starts.map(({ step, params }) => [step, params]), [['b', { text: null }]]);
  t.deepEqual(recordOf(move.walk, 'b'), { state: 'running', startedAtMs: 4 });
});

test('a round that cannot be begun ends its loop as a failure', (t) => {
  const steps: Step[] = [{ name: 'each', run: { primitive: 'test.echo', params: { text: 'to ${word}' } }, forEach: { items: 'parameters.list', as: 'word', atMost: 3 } }, { name: 'b', run }];
  t.like(walkThrough(course(steps, { list: ['x', ['y'], 'z'] })), { deeds: ['each "to x"'], walk: { running: [], end: { ok: false, step: 'each', code: 'procedure-invalid' } } });
});

test('where none of those side by side is wanted it goes on', (t) => {
  const never = (name: string) => ({ name, when: 'false', run });
  t.like(walkThrough(course([{ name: 'both', parallel: [never('left'), never('right')] }, { name: 'b', run }])), { deeds: ['b "hi"'], walk: { end: { ok: true }, steps: { both: { state: 'succeeded' }, left: { state: 'left-out' } } } });
});

test('a step that is begun anew is under way once, and a way that has ended stays so', (t) => {
  const given = course([{ name: 'a', run, repeatable: true }]);
  const first = begin(given);
  t.deepEqual(again(given, first.walk).walk.running, ['a']);
  const { walk } = after(given, first.walk, 'a', good);
  t.deepEqual(again(given, walk), { walk, starts: [] });
});

test('steps side by side have the time limit of the step around them, unless their own is shorter', (t) => {
  const parallel = [{ name: 'left', run }, { name: 'right', run, timeLimitSeconds: 5 }, { name: 'long', run, timeLimitSeconds: 50 }];
  t.deepEqual(begin(course([{ name: 'both', timeLimitSeconds: 10, parallel }])).starts.map(({ timeLimitSeconds }) => timeLimitSeconds), [10, 5, 10]);
  t.deepEqual(begin(course([{ name: 'both', parallel }])).starts.map(({ timeLimitSeconds }) => timeLimitSeconds), [undefined, 5, 50]);
});

test('what goes in circles has an end, with deeds and without', (t) => {
  t.like(walkThrough(course([{ name: 'a', run, goTo: 'a' }])).walk, { jumps: limits.maxProcedureJumps, end: { ok: false, code: 'procedure-endless', step: 'a' } });
  t.like(walkThrough(course([{ name: 'a', run, forEach: { items: 'parameters.none', as: 'x', atMost: 1 }, goTo: 'a' }], { none: [] })).walk, { deeds: 0, end: { ok: false, code: 'procedure-endless' } });
  const many = Array.from({ length: limits.maxLoopRounds }, (_, index) => index);
  const loop = walkThrough(course([{ name: 'a', run, forEach: { items: 'parameters.many', as: 'x', atMost: limits.maxLoopRounds }, goTo: 'a' }], { many }));
  t.is(loop.deeds.length, limits.maxProcedureDeeds);
  t.like(loop.walk.end, { ok: false, code: 'procedure-endless', step: 'a' });
});

test('a value that does not fit into a text is a failure of its step', (t) => {
  t.like(walkThrough(course([{ name: 'a', run: { primitive: 'test.echo', params: { text: 'x ${parameters.list}' } } }], { list: [1] })).walk.end, { ok: false, step: 'a', code: 'procedure-invalid' });
});

test('a step may be called as something that every object has', (t) => {
  const { walk } = walkThrough(course([{ name: 'a', when: "steps.constructor.state == 'succeeded'", run }, { name: 'constructor', run }]));
  t.like(walk, { end: { ok: true }, deeds: 1 });
});

test('a result that is too large is not kept, and results that do not fit into the report together are left out of it', (t) => {
  const steps = Array.from({ length: 10 }, (_, index) => ({ name: `s${index}`, run }));
  const { walk } = walkThrough(course(steps), { s0: { ok: true, result: 'x'.repeat(limits.maxVariableBytes) }, ...Object.fromEntries(steps.slice(1).map(({ name }) => [name, { ok: true, result: 'y'.repeat(40_000) }])) });
  const { steps: reported } = resultOf({ name: 'p', title: 'P', steps }, walk);
  t.like(reported[0], { state: 'succeeded', resultLeftOut: true });
  t.true(JSON.stringify(reported).length <= limits.maxResultBytes);
  t.is(reported.filter(({ result }) => result !== undefined).length, 5);
});

const Name = constantFrom('a', 'b', 'c', 'd');
const AnyStep: Arbitrary<Step> = oneof(
  record({ name: constant(''), run: constant(run), goTo: Name, onError: oneof(constantFrom('stop' as const, 'continue' as const), record({ goTo: Name })), repeatable: boolean(), when: constantFrom('true', "steps.a.state == 'failed'", 'parameters.yes') }, { requiredKeys: ['name', 'run'] }),
  record({ name: constant(''), run: constant(run), forEach: constantFrom({ items: 'parameters.list', as: 'x', atMost: 3 }, { items: 'parameters.list', as: 'x', atMost: 1 }) }),
  constant<Step>({ name: '', parallel: [{ name: 'left', run }, { name: 'right', run, when: 'parameters.yes' }], onError: 'continue' }),
);
/** At most one of those side by side: names are unique in a procedure. */
const AnyProcedure = array(AnyStep, { minLength: 4, maxLength: 4 }).filter((steps) => steps.filter((step) => 'parallel' in step).length < 2)
  .map((steps): Procedure => ({ name: 'p', title: 'P', steps: steps.map((step, index) => ({ ...step, name: 'abcd'.charAt(index) })) }));

test('whatever the procedure and however its deeds end: it ends, within its bounds, and goes the same way when it is read back in the middle', (t) => {
  const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
  t.log(`BEHEST_SEED=${seed}`);
  assert(property(AnyProcedure, boolean(), array(boolean(), { minLength: 1, maxLength: 20 }), (procedure, yes, fates) => {
    const given: Course = { procedure, parameters: { yes, list: [1, 2] }, variables: {}, nowMs: 1 };
    let move: Move = begin(given);
    const open = [...move.starts];
    for (let count = 0; open.length > 0; count += 1) {
      const start = open.shift();
      if (start === undefined) throw new Error('there is one');
      t.true(move.walk.running.includes(start.step));
      t.is(move.walk.end, undefined);
      const readBack: Walk = JSON.parse(JSON.stringify(move.walk));
      const end = fates[count % fates.length] === true ? good : bad;
      const next = after(given, move.walk, start.step, end);
      t.is(JSON.stringify(after(given, readBack, start.step, end)), JSON.stringify(next));
      if (open.length === 0 && notRepeatable(procedure, readBack) === undefined) t.deepEqual(again(given, readBack).starts.map(({ step, params }) => [step, params]), [[start.step, start.params]]);
      move = next;
      open.push(...next.starts);
    }
    t.not(move.walk.end, undefined);
    t.true(move.walk.jumps <= limits.maxProcedureJumps && move.walk.deeds <= limits.maxProcedureDeeds);
    for (const { name } of procedure.steps) t.not(recordOf(move.walk, name)?.state, 'running');
  }), { seed, numRuns: 200 });
});
