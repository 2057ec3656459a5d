/**
 * Bounds of what crosses: transports, channel, session, statements, and how a way is found.
 */
import { dayMs, kibi, mebi, minuteMs, secondMs } from './units.ts';

export const wireLimits = {
  // --- transport ---------------------------------------------------------------------------------------------
  /** Noise (rev 34, section 3) allows 65,535 bytes in one message; larger frames close the connection unread. */
  maxFrameBytes: 65_535,
  /** Bytes waiting in one transport before its sender must pause. Without it a slow path fills the memory. */
  transportHighWaterBytes: 256 * kibi,
  /** Frames held for a transport that nobody listens to yet; one more closes it. */
  maxHeldFrames: 64,
  /** From the wish to close to the cut, for queued frames to leave. A peer that does not read must not hold a socket. */
  closeWithinMs: 3 * secondMs,
  /** Each side pings after this much silence: below the 60 s at which common proxies cut idle connections. */
  pingAfterMs: 25 * secondMs,
  /** Silence after a ping before the connection counts as dead: both ends notice within 45 s. */
  pongWithinMs: 20 * secondMs,
  /** One body of a poll, either way: eight frames of the largest kind. Larger ones are refused by their length, unread. */
  maxPollBytes: 512 * kibi,
  /** How long a poll is held open for something to say, at first: below the 60 s at which common proxies cut. */
  holdFirstMs: 45 * secondMs,
  /** ... at least, however soon the path cuts; and at most: an idle agent then asks once in five minutes. */
  holdMinMs: 4 * secondMs,
  holdMaxMs: 5 * minuteMs,
  /** Beyond the time a poll is held, for its answer to arrive. */
  pollAnswerMs: 15 * secondMs,
  /** Without a request (the intermediary) or an answer (the agent) for this long, a poll counts as cut: below it requests are repeated. */
  pollGoneMs: 10 * secondMs,
  /** Pause between short polls while something crosses, and when nothing does; between them it doubles. */
  shortPollFirstMs: 30,
  shortPollMaxMs: 15 * secondMs,
  /** FTP: frames in one file, with their lengths. A reader takes no larger one. */
  ftpBatchBytes: 256 * kibi,
  /** ... files one side may have lying unread: with their size, what one connection may put on the disk. */
  ftpWaitingFiles: 8,
  /** ... the agent looks for something new this soon after traffic, then ever later, up to the second: what an idle one may wait. */
  ftpFirstLookMs: 50,
  ftpLastLookMs: 3 * secondMs,
  /** ... how often an agent gives a sign of life, and after how long without one the other end is gone. */
  ftpSignMs: 3 * secondMs,
  ftpSilenceMs: 15 * secondMs,
  /** ... looks into one folder because of news from the disk: a hundred a second at most, whatever a client does in it. */
  ftpEventMs: 10,
  /** ... how often the intermediary looks without news, and how much it then goes through. */
  ftpSweepMs: 2 * secondMs,
  ftpSweepEntries: 4096,
  /** ... how often it says that something cannot be removed. */
  ftpStuckMs: minuteMs,
  /** ... connections at once, and what may lie in the folder of one. */
  maxFtpFolders: 512,
  ftpFolderEntries: 64,

  // --- proxies -----------------------------------------------------------------------------------------------
  /** From the first packet to an open way through one proxy: below `handshakeMs`, so that its own reason is told. */
  proxyMs: 8 * secondMs,
  /** Finding out which proxies there are, all sources together: below `findPathsMs`, so that what was found in time is used. */
  findProxiesMs: 1500,
  /** What was found out holds this long, unless the network changes before. */
  proxiesKeptMs: 5 * minuteMs,
  /** Paths offered for one target: each costs an attempt on every rung. */
  maxPaths: 8,
  /** Fetching one file that tells of proxies: it goes on in the background and is there for the next attempt. */
  fetchPacMs: 10 * secondMs,
  /** One question to a name server. */
  lookupMs: secondMs,
  /** A proxy auto-configuration file; those in use have a few kilobytes. */
  maxPacBytes: mebi,
  /** Redirects followed to one. */
  maxPacRedirects: 3,
  /** Memory of its sandbox, and of the thread around it. */
  pacMemoryBytes: 32 * mebi,
  pacThreadMegabytes: 96,
  /** Our own part of its thread getting ready, on a busy machine. */
  pacStartMs: 10 * secondMs,
  /** Its run for one target; the thread is ended then. */
  pacMs: 1500,
  /** Names that it may look up in one run: they leave the machine. */
  maxPacLookups: 16,
  /** What it answers: a line of a few proxies. */
  maxPacAnswerLetters: 4096,
  /** A file or output of a program that is searched for proxy settings. */
  maxSettingsBytes: 256 * kibi,

  // --- channel -----------------------------------------------------------------------------------------------
  /** From the first byte to an agreed key; a slower peer is cut so that half-open handshakes cannot pile up. */
  handshakeMs: 10 * secondMs,
  /** Keys an agent may try on one transport: its newest, its base, and the proof of identity when both are refused. */
  maxHellosPerTransport: 3,
  /** Retired key ids kept per agent for recognising a clone; more add nothing, since each session retires one. */
  retiredKeysKept: 64,
  /** Records under one key. AES-GCM stays safe far beyond; the channel then ends and the session resumes on a new one. */
  maxRecordsPerKey: 2 ** 32,
  /** Handshakes that may be open at once in one intermediary process; more are refused with a retry-after. */
  maxOpenHandshakes: 2000,
  /** Failed handshakes from one address in a minute before its further ones are dropped unread. */
  maxFailedHandshakesPerMinute: 10,

  // --- wake-up -----------------------------------------------------------------------------------------------
  /** One machine is woken once in this time at most, however much waits for it. */
  wakeUpEveryMs: 30 * secondMs,
  /** An older wake-up is not obeyed: what was kept back and let go later must not bring a fleet in at once. */
  wakeUpLifeMs: 10 * minuteMs,
  /** An agent still takes one that comes after so many later ones. */
  maxSkippedWakeUps: 64,
  /** Publications under way at once, and the time for one. */
  maxWakeUpsAtOnce: 64,
  wakeUpPublishMs: 10 * secondMs,
  /** Letters of one line of the stream, lines in a minute, and silence after which it is opened again (ntfy says something every 45 s). */
  maxWakeUpLine: 8 * kibi,
  wakeUpLinesPerMinute: 240,
  wakeUpSilenceMs: 2 * minuteMs,

  // --- session -----------------------------------------------------------------------------------------------
  /** What one sealed record carries: a frame less the 16 bytes of its authentication tag. */
  maxRecordBytes: 65_519,
  /** Bytes of one session message before it is split for the channel (payload of one record, less its header). */
  maxMessageBytes: 60 * kibi,
  /** A control message put together from its parts: a directive with its policy fits many times. */
  maxControlBytes: 2 * mebi,
  /** Items that one list or map of a message may claim to have. */
  maxMessageItems: 20_000,
  /** Sent and not yet acknowledged; the sender pauses beyond it. Kept for sending again after a cut. */
  maxUnacknowledgedBytes: 4 * mebi,
  maxUnacknowledgedMessages: 4096,
  /** Received messages after which an acknowledgement goes out even if nothing else does. */
  acknowledgeEveryMessages: 32,
  /** ... or bytes: a fraction of `maxUnacknowledgedBytes`, so that a sender at full speed never waits for one. */
  acknowledgeEveryBytes: 512 * kibi,
  /** An acknowledgement waits this long at most for something to ride on. */
  acknowledgeAfterMs: 50,
  /** How long an interrupted session waits to be resumed before its streams are given up. */
  resumeWithinMs: 10 * minuteMs,
  /** Streams that each end of a session may have opened at once. */
  maxStreams: 4096,
  /** What an opener says of its stream: a small message. Held for each stream as long as it is open. */
  maxLabelBytes: kibi,
  /** Bytes of one stream that may be under way before its reader has taken them: the unit of back-pressure. About half of it is sent twice at a cut: of a gigabyte cut 50 times 1.6 %. */
  streamCreditBytes: 640 * kibi,

  // --- finding a way -----------------------------------------------------------------------------------------
  /** From one way's start to the next one's in a race (RFC 8305, section 8): waiting for each to fail would take minutes. */
  headStartMs: 250,
  /** The way that worked last in this network goes alone for so long. */
  rememberedHeadStartMs: 1000,
  /** A way that came through waits this long for a better one that is about to. */
  graceMs: 500,
  /** A handshake that hangs is left for the next open way after this. */
  handshakePatienceMs: 2500,
  /** Looking for proxies may take this long before the race goes on without them. */
  findPathsMs: 2000,
  /** Ways in one race: seven transports, each directly and by two proxies, to three addresses. */
  maxWays: 64,
  /** Failed ways that are kept to be shown. */
  maxFailedWays: 20,
  /** Networks of which the way that worked is remembered; the one used longest ago is forgotten. */
  maxNetworks: 64,
  /** A link that is in doubt (the machine slept, the network changed) answers within this or is made anew. */
  probeWithinMs: 5 * secondMs,
  /** How often the network is looked at: it costs two short reads. */
  watchNetworkMs: secondMs,
  /** Longer than expected between two looks by so much: the machine slept. */
  sleptMs: 5 * secondMs,
  /** A session of a polling machine over which nothing came or went for this long is left until the next contact. */
  restAfterMs: 2 * secondMs,
  /** NetworkManager is asked no longer and no more often than this whether the network is metered. */
  askMeteredMs: 2 * secondMs,
  meteredKnownMs: minuteMs,

  // --- statements --------------------------------------------------------------------------------------------
  /** One signed statement. Larger is refused before it is parsed. */
  maxStatementBytes: 256 * kibi,
  /** Nesting of a statement's JSON. */
  maxStatementDepth: 16,
  maxSignatures: 16,
  /** One signature: Ed25519 has 64 bytes, others that may come have more. */
  maxSignatureBytes: 512,
  /** Machines under one signature. */
  maxTargets: 1_000_000,
  /** Depth of a Merkle proof: 2^20 > maxTargets. */
  maxProofDepth: 20,
  /** A queued directive lives at most this long. */
  maxQueuedMs: 30 * dayMs,
  /** ... and this long unless its author says otherwise. */
  defaultQueuedMs: 7 * dayMs,
  /** A standing directive lives at most this long. */
  maxStandingMs: 90 * dayMs,
  /** ... and this long unless its author says otherwise. */
  defaultStandingMs: 30 * dayMs,
  /** How late a firing may begin at most, and how far the machines of one may be spread. */
  maxWindowSeconds: 86_400,
  maxSpreadSeconds: 86_400,
  /** Standing directives of one agent. */
  maxStandingDirectives: 64,
  /** Reports of firings of one standing directive that wait for the intermediary; what runs beyond it is only counted. */
  maxFiringsUnsent: 200,
  /** ... and that the intermediary keeps for each machine. */
  maxFiringsKept: 1000,
  /** Missed firings are counted one by one so far. */
  maxMissedCounted: 1000,
  /** How often an agent with standing directives looks at the clock at least: it may have been changed. */
  lookAtClockMs: 30 * secondMs,
  /** Difference between two honest clocks that is forgiven. */
  clockSkewMs: 5 * minuteMs,
  /** An agent changes its session nonce this often; the one before it is still accepted. */
  nonceLifeMs: 5 * minuteMs,
  /** Ids an agent remembers against replay; full means refuse, never forget early. */
  maxLedgerEntries: 100_000,
  /** The ledger entry of a queued directive outlives it by this much; that of an interactive one goes with its nonce. */
  ledgerGraceMs: dayMs,
  /** Refusals an agent keeps beyond that, and for what it could not verify; beyond it a refusal gets no signed report. */
  maxLedgerRefusals: 4096,
  /** Root versions an agent walks in one go. */
  maxRootSteps: 1024,
  /** A resync holds at most this long: it opens a door. */
  maxResyncMs: dayMs,
  /** Machines that one resync names, so that it fits into one record; beyond it, it is for all. */
  maxResyncMachines: 256,
  /** Refused copies of one machine that are remembered for the owners to choose from. */
  maxStrayCopies: 8,
  /** People, keys, roles in one policy. */
  maxPolicyPeople: 1000,

  // --- enrolment ---------------------------------------------------------------------------------------------
  defaultEnrolmentMs: dayMs,
  /** An enrolment string: its addresses and one certificate authority fit many times. */
  maxEnrolmentBytes: 16 * kibi,
  maxEnrolmentUses: 10_000,

  // --- certificates ------------------------------------------------------------------------------------------
  /** An installation's own certificate authority: as long as the installation can be expected to stand. */
  authorityLifeMs: 3650 * dayMs,
  /** The longest life that every browser accepts from a private authority without question, with a month to spare. */
  serverCertificateLifeMs: 397 * dayMs,
  /** A server certificate is renewed when less than this is left. */
  renewCertificateMs: 30 * dayMs,
} as const;
