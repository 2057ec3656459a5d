/**
 * Bounds of what is done on a machine: runs, files, packages, audits, procedures.
 */
import { dayMs, hourMs, kibi, mebi, minuteMs, secondMs } from './units.ts';

export const workLimits = {
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
  /** And what even waiting makes (the network is looked at each second) as often as this: left alone it would fill 2 MB. */
  memoryIdleAgainMs: 30 * secondMs,
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
  /** A browser that cannot write into a chosen file holds a download in the page until it is whole. */
  maxPageDownloadBytes: 512 * mebi,
  /** Files of one folder that is dropped on the page: their names are held while it is sent. */
  maxDroppedFiles: 100_000,

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
  /** Audits whose report came before the end of their output, which the intermediary holds until it has come. */
  maxAuditsWithoutOutput: 256,

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
  /** Go-tos of one run, and primitives that it calls: what goes in circles has an end. */
  maxProcedureJumps: 1000,
  maxProcedureDeeds: 10_000,
} as const;
