import type { ContactLayer, ReachedAt } from '../../../protocol/messages/live.ts';

/** How made-up machines got here: some through a proxy that cuts WebSocket, some directly, one in eleven has never said. */
export function reachedOf(number: number, now: number): { readonly reached?: ReachedAt } {
  if (number % 11 === 1) return {};
  const transport = number % 5 === 0 ? 'https-long-poll' : 'wss';
  const address = 'relay.example.org:443';
  if (transport === 'wss') return { reached: { way: { transport, path: 'directly', address }, failed: [], atMs: now - 3_600_000 } };
  const path = 'http://10.0.0.5:3128';
  const failed = [
    { transport: 'wss', path, address, code: 'connection-lost', detail: 'closed 61 s after the last frame', atMs: now - 190_000 },
    { transport: 'wss', path: 'directly', address, code: 'unreachable', detail: 'connect ETIMEDOUT 203.0.113.7:443', atMs: now - 260_000 },
  ];
  return { reached: { way: { transport, path, address }, failed, atMs: now - 185_000 } };
}

/** Set everywhere, and for one site. */
export function firstLayers(personId: string, now: number): readonly ContactLayer[] {
  const setBy = { personId, name: 'Omar K.' };
  return [
    { scope: { everywhere: true }, overrides: { retries: 5, metered: 'wait' }, version: 1, setBy, setAtMs: now - 40 * 86_400_000 },
    { scope: { site: 'Reception' }, overrides: { mode: 'polling', intervalSeconds: 60 }, version: 2, setBy, setAtMs: now - 3 * 86_400_000 },
  ];
}

/** Those that cover a machine, farthest first. */
export function layersOf(agentId: string, site: string, all: ReadonlyMap<string, ContactLayer>): readonly ContactLayer[] {
  return [{ everywhere: true }, { site }, { agent: agentId }].flatMap((scope) => all.get(JSON.stringify(scope)) ?? []);
}
