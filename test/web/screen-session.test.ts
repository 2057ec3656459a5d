import test from 'ava';
import { ScreenSession } from '../../console/web/state/screen-session.ts';
import type { ScreenClient } from '../../console/web/state/screen-session.ts';
import type { DirectiveHandlers, ReportView } from '../../console/web/state/client-port.ts';
import { success } from '../../protocol/outcome.ts';

const wish = { agentId: 'a'.repeat(32), port: 5900, consentText: 'Do you allow it?' };
const signer = { keyId: 'b'.repeat(32), sign: () => new Uint8Array(64) };

/** A client that notes what is given and cancelled; directives are called by their primitive. */
function room() {
  const given: string[] = [];
  const cancelled: string[] = [];
  const watching = new Map<string, DirectiveHandlers>();
  const client: ScreenClient = {
    submit: async ({ primitive }) => {
      given.push(primitive);
      return success({ directiveId: primitive });
    },
    cancel: async (id) => {
      cancelled.push(id);
      return success(undefined);
    },
    watchDirective: (id, handlers) => {
      watching.set(id, handlers);
      return () => void watching.delete(id);
    },
    attach: () => ({ write: () => undefined, endInput: () => undefined, resize: () => undefined, close: () => undefined }),
  };
  const answer = (answered: string, verified: boolean): void => {
    const report: ReportView = { status: 'succeeded', endedAtMs: 0, verified, result: { answer: answered } };
    watching.get('dialog.ask')?.target('dialog.ask', { agentId: wish.agentId, state: 'succeeded', changedAtMs: 0, report });
  };
  const session = new ScreenSession(client, signer);
  return { session, given, cancelled, watching, answer, opened: session.open(wish, () => undefined) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a screen is opened only with an answer that says yes and that the machine has signed', async (t) => {
  for (const [said, verified, given] of [['Allow', true, ['dialog.ask', 'tunnel.open']], ['Refuse', true, ['dialog.ask']], ['Allow', false, ['dialog.ask']]] as const) {
    const { session, answer, opened, ...seen } = room();
    await settled();
    t.is(session.state.get().kind, 'asking');
    answer(said, verified);
    await opened;
    t.deepEqual(seen.given, [...given]);
    t.like(session.state.get(), given.length === 2 ? { kind: 'connecting' } : { kind: 'over', code: 'consent-refused' });
    session.leave();
    t.deepEqual(seen.cancelled, []);
    t.is(seen.watching.size, 0);
  }
});

test('who gives up waiting takes the question back', async (t) => {
  const { session, given, cancelled, watching } = room();
  await settled();
  session.leave();
  session.leave();
  t.deepEqual(cancelled, ['dialog.ask']);
  t.is(watching.size, 0);
  t.deepEqual(given, ['dialog.ask']);
});

test('who gives up while the question is on its way takes it back too', async (t) => {
  const { session, cancelled, watching, opened } = room();
  session.leave();
  await opened;
  t.deepEqual(cancelled, ['dialog.ask']);
  t.is(watching.size, 0);
});
