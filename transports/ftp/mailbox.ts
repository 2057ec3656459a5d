/**
 * The folder of one connection, as either end sees it: the agent through FTP, the intermediary on its own disk.
 *
 * | name                        | what                                                                                |
 * | --------------------------- | ----------------------------------------------------------------------------------- |
 * | `agents/<32 hex digits>/`   | one connection; 128 random bits, made by the agent; no listing finds it             |
 * | `up-<number>`               | a batch (batch.ts) from the agent, taken away by the intermediary when it is read   |
 * | `down-<number>`             | a batch from the intermediary, taken away by the agent                              |
 * | `up-new`, `down-new`        | a batch that is being written; renamed when it is whole, so that nobody reads half  |
 * | `here/`                     | the agent's sign of life, an empty folder; the intermediary's is to take it away    |
 */
export type Mailbox = {
  /** Puts a file there, under its name only when all of it is written. */
  put(name: string, content: Uint8Array): Promise<void>;
  /** Takes a file away and gives what was in it; undefined when there is none of that name. */
  take(name: string): Promise<Uint8Array | undefined>;
  /** Whether a file is still there. */
  holds(name: string): Promise<boolean>;
  /** Gives this end's sign of life. True: the other end has given one since the last time. */
  sign(): Promise<boolean>;
  /** This end is done. `unread` names a file that the other may still take; afterwards nothing is held open. Never fails. */
  leave(unread: string | undefined): Promise<void>;
};

/** Only these are folders of connections. */
export const folderName = /^[0-9a-f]{32}$/;

/** Where they are, in the folder that the FTP server shows as `/`. */
export const folderOfAgents = 'agents';
export const signName = 'here';

export type Direction = 'up' | 'down';

export function batchName(direction: Direction, number: number): string {
  return `${direction}-${String(number).padStart(8, '0')}`;
}

export function unfinishedName(direction: Direction): string {
  return `${direction}-new`;
}

export function directionOf(name: string): Direction {
  return name.startsWith('up') ? 'up' : 'down';
}
