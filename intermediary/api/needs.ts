/** What the routes are made from. */
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { DirectiveViews } from '../directives/directive-views.ts';
import type { Directives } from '../directives/directives.ts';
import type { ContactKeeper } from '../contact/contact-keeper.ts';
import type { LiveSockets } from '../live/live-sockets.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Authorizer } from '../people/authorizer.ts';
import type { Doors } from '../people/doors.ts';
import type { Invitations } from '../people/invitations.ts';
import type { SignIns } from '../people/sign-ins.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import type { StoredKeys } from '../sessions/key-registry.ts';
import type { MachineViews } from '../sessions/machine-views.ts';
import type { Resyncs } from '../sessions/resyncs.ts';
import type { Presence } from '../sessions/presence.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import type { Store } from '../store/store.ts';

export type RouteNeeds = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly statements: StatementKeeper;
  readonly authorizer: Authorizer;
  readonly signIns: SignIns;
  readonly doors: Doors;
  readonly invitations: Invitations;
  readonly keys: StoredKeys;
  readonly resyncs: Resyncs;
  readonly contact: ContactKeeper;
  readonly machines: MachineIndex;
  readonly machineViews: MachineViews;
  readonly presence: Presence;
  readonly directives: Directives;
  readonly directiveViews: DirectiveViews;
  readonly liveSockets: LiveSockets;
  readonly metrics: Metrics;
  /** Of the TLS certificate, PEM; absent when a public authority issued it. */
  readonly authority: string | undefined;
};
