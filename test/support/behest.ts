/** The real programs as a person starts them: the quick start, and the behest command beside it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export const behestMain = 'console/terminal/main.ts';
/** Longer than anything here may take on a busy machine. */
const withinMs = 45_000;

export type Ready = { ready: true; url: string; signInUrl: string; agentId: string; ownerFingerprint: string };
export type Ended = { code: number | null; stdout: Buffer; stderr: string; tookMs: number };

export type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Its standard error so far. */
  said(): string;
  /** All processes below it, at this moment. */
  descendants(): number[];
};

/** Starts `behest ARGS…` for this data folder. */
export function start(data: string, args: readonly string[], input?: Uint8Array | 'open', environment: Environment = {}): Running {
  return launch({ BEHEST_DATA: data, ...environment }, [process.execPath, behestMain, ...args], input);
}

/** Variables besides those of the test itself. */
type Environment = Readonly<Record<string, string>>;

function launch(environment: Environment, [program = '', ...args]: readonly string[], input?: Uint8Array | 'open'): Running {
  const startedMs = performance.now();
  const child = spawn(program, args, { env: { ...process.env, NO_COLOR: '1', ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (part: Buffer) => parts.stdout.push(part));
  child.stderr.on('data', (part: Buffer) => parts.stderr.push(part));
  child.stdin.on('error', () => {});
  if (input !== 'open') child.stdin.end(input ?? new Uint8Array());
  const ended = new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} ${args.join(' ')} did not end: ${Buffer.concat(parts.stderr).toString()}`));
    }, withinMs * 2);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr).toString(), tookMs: performance.now() - startedMs });
    });
  });
  return { child, ended, said: () => Buffer.concat(parts.stderr).toString(), descendants: () => descendantsOf(child.pid ?? 0) };
}

/** Runs `behest ARGS…` to its end. */
export function behest(data: string, args: readonly string[], input?: Uint8Array, environment?: Environment): Promise<Ended> {
  return start(data, args, input, environment).ended;
}

export type QuickStart = Running & { readonly ready: Ready; readonly readyAfterMs: number; stop(signal?: NodeJS.Signals): Promise<Ended> };

/** The quick start on a free port, once it says that all of it answers. */
export async function startQuickly(data: string, args: readonly string[] = []): Promise<QuickStart> {
  const startedMs = performance.now();
  const running = start(data, ['start', '--json', '--port', '0', ...args], 'open');
  const line = await firstLine(running);
  const ready: Ready = JSON.parse(line);
  return {
    ...running,
    ready,
    readyAfterMs: performance.now() - startedMs,
    stop: (signal = 'SIGTERM') => {
      running.child.kill(signal);
      return running.ended;
    },
  };
}

/** The same as a newcomer does it, once all of it answers. npm says a few words of its own first. */
export async function startByNpm(data: string): Promise<Running> {
  const running = launch({ BEHEST_DATA: data }, ['npm', 'start', '--silent', '--', '--json', '--port', '0'], 'open');
  const { ready }: Ready = JSON.parse(await firstLine(running));
  if (!ready) throw new Error('npm start is not ready');
  return running;
}

async function firstLine({ child, ended }: Running): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  const said = new Promise<string>((resolve) => lines.once('line', resolve));
  const late = ended.then(({ code, stderr }): string => {
    throw new Error(`the quick start ended with ${String(code)}: ${stderr}`);
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), withinMs);
  const line = await Promise.race([said, late]);
  clearTimeout(timer);
  return line;
}

/** Children, their children and so on, from /proc. */
function descendantsOf(pid: number): number[] {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Whether a process of this id is there and not only waiting to be buried. */
export function isAlive(pid: number): boolean {
  const state = /^State:\t(\w)/m.exec(readOr(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Asks again and again until it is so, or throws. */
export async function eventually(isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not so within ${limitMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
