/**
 * The house's allowed arrows of import, as a table. A room is a path prefix; the first row that fits a file speaks.
 */

export type Room = {
  readonly room: string;
  /** Path prefixes it may import from, besides itself. */
  readonly mayImport: readonly string[];
  /** Why it may not import anything else: printed with each refusal. */
  readonly because: string;
};

const programs = 'the programs meet only in messages, never in code, so that each can be replaced, tested and captured alone';

export const rooms: readonly Room[] = [
  { room: 'protocol/channel/', mayImport: ['protocol/*'], because: 'the channel knows frames and keys, not sessions, statements or messages' },
  { room: 'protocol/session/', mayImport: ['protocol/*'], because: 'the session knows bytes and streams, not how they are kept private or what they mean' },
  { room: 'protocol/statements/', mayImport: ['protocol/*'], because: 'a signed statement means the same whatever carried it' },
  { room: 'protocol/messages/', mayImport: ['protocol/*'], because: 'a message is data with a schema, nothing else' },
  { room: 'protocol/procedure/', mayImport: ['protocol/*'], because: 'a procedure means the same to whoever writes it and whoever runs it' },
  { room: 'protocol/', mayImport: ['protocol/'], because: 'protocol is what all parts agree on: it imports nothing of ours' },
  { room: 'transports/', mayImport: ['protocol/'], because: 'a transport moves opaque frames and knows neither end' },
  { room: 'certs/', mayImport: ['protocol/'], because: 'certificates are issued for whoever asks' },
  { room: 'disk/', mayImport: [], because: 'what the disk promises has nothing to do with what is written on it' },
  { room: 'plugins/contract/', mayImport: ['protocol/'], because: 'authors of plugins import only this' },
  { room: 'agent/contact/ways/transports.ts', mayImport: ['protocol/', 'transports/'], because: 'this is the one list of transports that the agent dials' },
  { room: 'agent/contact/', mayImport: ['protocol/', 'certs/', 'disk/', 'transports/path.ts', 'transports/proxies/', 'agent/'], because: programs },
  { room: 'agent/procedures/', mayImport: ['protocol/', 'agent/execution/', 'agent/primitives/agent-primitive.ts', 'agent/trust/'], because: 'a step goes the way of every directive: what runs it, and what judges it, is handed in' },
  { room: 'agent/', mayImport: ['protocol/', 'plugins/contract/', 'certs/', 'disk/', 'package.json'], because: programs },
  { room: 'intermediary/listener/transports.ts', mayImport: ['protocol/', 'transports/'], because: 'this is the one list of transports that the intermediary accepts' },
  { room: 'intermediary/', mayImport: ['protocol/', 'certs/', 'disk/'], because: programs },
  { room: 'console/client/', mayImport: ['protocol/'], because: 'the client is the only room that talks to the network, and serves both faces' },
  { room: 'console/terminal/', mayImport: ['protocol/', 'plugins/contract/', 'disk/', 'console/client/'], because: programs },
  { room: 'console/web/views/', mayImport: ['protocol/', 'console/client/', 'console/web/ui/', 'console/web/state/'], because: 'views → ui, state, client' },
  { room: 'console/web/ui/', mayImport: ['protocol/', 'console/web/ui/'], because: 'widgets are dumb: they are given what they show' },
  { room: 'console/web/state/', mayImport: ['protocol/', 'console/client/'], because: 'state knows nothing of how it is shown' },
  { room: 'console/web/', mayImport: ['protocol/', 'console/client/', 'console/web/'], because: 'the page is put together at its top' },
  { room: 'test/', mayImport: ['*'], because: '' },
  { room: 'bench/', mayImport: ['*'], because: '' },
];

/** The row that speaks for a file. */
export function roomOf(path: string): Room | undefined {
  return rooms.find(({ room }) => path.startsWith(room));
}

/** `protocol/*` allows the files right in that folder, `protocol/` everything below it, `*` everything. */
export function mayImport(room: Room, target: string): boolean {
  if (target.startsWith(room.room)) return true;
  return room.mayImport.some((allowed) => {
    if (allowed === '*') return true;
    if (!allowed.endsWith('/*')) return target.startsWith(allowed);
    const folder = allowed.slice(0, -1);
    return target.startsWith(folder) && !target.slice(folder.length).includes('/');
  });
}
