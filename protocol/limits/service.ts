/**
 * Bounds of the intermediary and the consoles.
 */
import { dayMs, hourMs, mebi, minuteMs, secondMs } from './units.ts';

export const serviceLimits = {
  // --- intermediary ------------------------------------------------------------------------------------------
  /** One request body. */
  maxBodyBytes: mebi,
  /** Live sockets of one person. */
  maxSocketsPerPerson: 50,
  /** Waiting for a slow live socket; what is beyond is dropped with a mark, never kept in memory. */
  liveHighWaterBytes: 2 * mebi,
  /** A browser sign-in without use, and at most. */
  signInIdleMs: 12 * hourMs,
  signInMaxMs: 7 * dayMs,
  /** Sign-in attempts in a minute for one account or address. */
  signInPerMinute: 10,
  /** A challenge waits this long for its signature; so many wait at once. */
  keyChallengeMs: 2 * minuteMs,
  maxKeyChallenges: 10_000,
  minPasswordLetters: 10,
  /** Passwords hashed at once and waiting for it: each takes 19 MiB and 30 ms of a core. */
  maxPasswordsAtOnce: 2,
  maxPasswordsWaiting: 64,
  /** A one-time sign-in link, and the longest that one may be good for. */
  invitationMs: hourMs,
  maxInvitationMs: 7 * dayMs,
  /** Rows of one answer. */
  maxPage: 500,
  /** Machines under one submitted directive: one message holds them all. */
  maxSubmittedTargets: 10_000,
  /** What one live socket may watch and be attached to at once. */
  maxWatchesPerSocket: 4096,
  /** Machines of a directive that consoles are shown one by one; of more they get counts, and pages when they ask. */
  targetsShown: 200,
  /** Between two counts of one directive. */
  countsEveryMs: 500,
  /** Directives that a console is shown at first. */
  directivesShown: 200,
  /** Pieces of output read at once for one who watches: 2 MiB at most. */
  outputPage: 64,
  /** Connections to the one port, of agents and consoles together: below the usual limit of open files, 65,536. */
  maxConnections: 50_000,
  /** Connections of one address that have not shown yet what they want; one more cuts the oldest of them. */
  maxSilentPerAddress: 512,
  /** When an agent that was turned away may come again. */
  retryAfterSeconds: 30,
  /** A request's headers, and all of it: a slower client is cut off. */
  requestHeadersMs: 10 * secondMs,
  requestMs: 60 * secondMs,
  /** How often the TLS certificate is looked at. */
  checkCertificateMs: dayMs,
  /** Requests of one address in a minute. */
  requestsPerMinute: 3000,
  /** Root and policy offered by one address in a minute: each costs signatures to verify. */
  statementsPerMinute: 60,
  /** Ids in one acknowledgement of reports. */
  maxIdsPerMessage: 1000,
  /** Directives read ahead for one agent from the store. */
  dispatchPage: 100,
  /** How often waiting directives are looked through for those past their time. */
  expireEveryMs: 10 * secondMs,
  /** An interactive directive that could not be sent is given up when no session can hold its nonce any more. */
  interactiveWaitMs: 10 * minuteMs,
  /** Output a session may have waiting for the disk, over all its runs. */
  maxOutputWaitingBytes: 16 * mebi,
  /** Time for open work to end before a stopping program leaves. */
  stopWithinMs: 4 * secondMs,

  // --- console -----------------------------------------------------------------------------------------------
  /** One REST exchange, and the opening of a live socket. */
  exchangeMs: 30 * secondMs,
  /** First pause before the live socket is opened again, and the longest; between them it doubles. */
  reconnectFirstMs: 250,
  reconnectMaxMs: 10 * secondMs,
  /** Names offered where one was not clear. */
  suggestions: 5,
  /** Live output that the report says was kept is waited for this long after the report. */
  outputAfterReportMs: 10 * secondMs,
  /** How often a transfer tells how far it is. */
  tellProgressMs: 200,
} as const;
