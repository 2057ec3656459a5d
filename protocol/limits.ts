/**
 * Every bound of the system with its unit, in one place. A bound exists because someone hostile or unlucky can
 * reach it: the comment says what breaks without it.
 */

const kibi = 1024;
const mebi = 1024 * kibi;
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const limits = Object.freeze({
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

  // --- execution ---------------------------------------------------------------------------------------------
  /** Time limit of a directive that names none, and the longest that one may name. */
  defaultTimeoutMs: 10 * minuteMs,
  maxTimeoutMs: dayMs,
  /** From the polite signal to the one that cannot be ignored. */
  killAfterMs: 3 * secondMs,
  /** Output of one run that is kept and sent; the rest is counted, digested and marked as cut. */
  maxOutputBytes: mebi,
  /** One piece of output. */
  maxChunkBytes: 32 * kibi,
  /** Output that a live run keeps so that a returning console misses nothing of note: what a program on pipes waits for, the last of a terminal. */
  terminalReplayBytes: 256 * kibi,
  /** A terminal nobody is attached to ends after this. */
  terminalIdleMs: hourMs,
  /** Worker threads at most, tasks at once in each, and how long an idle thread lives. */
  maxWorkers: 2,
  tasksPerWorker: 32,
  workerIdleMs: 30 * secondMs,
  /** Processes that start programs; more would only take turns on the processors that they keep busy. */
  maxSpawners: 2,
  /** An agent that has done nothing for this long gives memory back; its idle threads and its spawner have ended by then. */
  memoryIdleMs: 32 * secondMs,
  /** Directives accepted and not yet begun on one agent; beyond it they wait at the intermediary. */
  maxAcceptedDirectives: 4096,
  maxTerminals: 64,
  /** Rows of a primitive's result: as JSON they must fit into one signed report with all else in it. What is beyond is cut, with a mark. */
  maxResultBytes: 200 * kibi,
  /** Of a key of the Windows registry as its tool exports it, six bytes for each of data: more is not shown, and takes long. */
  maxRegistryKeyBytes: 4 * mebi,
  /** Of a key with all below it, where the names of its keys cannot be had otherwise. */
  maxRegistryTreeBytes: 64 * mebi,
  /** Characters of a value in a list; one that is asked for by itself comes whole. */
  maxRegistryShownCharacters: 2000,
  /** Processes that are looked at: Linux allows four million, and each costs three reads. */
  maxProcessesRead: 100_000,
  maxCommandLineCharacters: 500,
  /** Files and directories that are counted for one answer. */
  maxEntriesWalked: 5_000_000,
  /** A line of a log, or of a program of the system; what it has beyond is dropped. */
  maxLineBytes: 64 * kibi,
  /** What is read of a log for one answer: a filter that fits nothing must not read a terabyte. */
  maxLogBytesRead: 256 * mebi,
  /** The last of a compressed log, which cannot be read backwards. */
  maxLogBytesHeld: 16 * mebi,
  maxMessageCharacters: 4000,
  /** The agent's own log: two files of this size at most. */
  maxOwnLogBytes: 512 * kibi,
  /** The value of one variable; a result or a step of a procedure holds it whole. */
  maxVariableBytes: 64 * kibi,
  /** Connections in one tunnel: a browser opens six to a host, and a page has several hosts behind one address. */
  maxTunnelConnections: 64,
  /** Bytes of one direction of one of them that may be under way: its reader's memory; less would make a long way slow. */
  tunnelWindowBytes: 128 * kibi,
  /** A connection to a tunnel's destination, the look-up of its name included. */
  tunnelConnectMs: 10 * secondMs,
  /** Live runs that have ended and wait, for `resumeWithinMs`, for a console that was away to fetch the last output; so many, and so much of it. The oldest goes first. */
  maxEndedRuns: 64,
  endedRunsBytes: 8 * mebi,

  // --- files -------------------------------------------------------------------------------------------------
  /** What is said of a file at the beginning of its transfer. */
  maxAboutBytes: 4 * kibi,
  /** A file is read and written in pieces of this size: each costs a way to another thread and back. */
  fileReadBytes: mebi,
  /** Entries of one page of a directory, unless said otherwise, and at most: a page is a signed report. */
  defaultFileEntries: 500,
  maxFileEntries: 1000,
  /** ... and their text together. */
  filePageBytes: 192 * kibi,

  // --- packages and audits -------------------------------------------------------------------------------------
  /** Another program's hold on the package manager is waited for this long; then it is `busy`. */
  packageLockMs: 30 * secondMs,
  /** Packages in one result: it must fit into a report. */
  maxListedPackages: 1500,
  /** Packages that one directive names. */
  maxNamedPackages: 100,
  /** Rows of one section of an audit, and bytes of the largest section: with the others it must fit into `maxOutputBytes`. */
  maxAuditRows: 20_000,
  maxSoftwareBytes: 640 * kibi,
  maxAuditSectionBytes: 40 * kibi,
  /** Files in one page of `audit.files`: their output must fit into `maxOutputBytes`; and entries looked at for one page. */
  maxAuditedFiles: 2000,
  maxAuditedEntries: 200_000,
  /** Audits of one machine that the intermediary keeps: four years of weekly ones. */
  maxAuditsKept: 208,

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

  // --- procedures --------------------------------------------------------------------------------------------
  /** An expression's letters and depth: it is read by recursion. */
  maxExpressionLetters: 1024,
  maxExpressionDepth: 32,
  /** A text of a procedure, before and after its values are filled in: two of them fit into a statement with the rest. */
  maxFilledLetters: 64 * kibi,
  maxProcedureSteps: 100,
  maxProcedureParameters: 50,
  /** Steps side by side. */
  maxParallelSteps: 8,
  /** Rounds of one loop. */
  maxLoopRounds: 1000,

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
} as const);
