/**
 * A desktop without a screen: a real X server (Xvfb) of an account of its own, and hands to type with (xdotool).
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { until } from '../execution/support.ts';

const run = promisify(execFile);
/** Of the system, and nobody's desktop. */
const account = { uid: 65_534, gid: 65_534 };

export class VirtualDesktop {
  readonly display: string;
  readonly user = 'nobody';
  readonly #server: ChildProcess;

  private constructor(display: string, server: ChildProcess) {
    this.display = display;
    this.#server = server;
  }

  static async start(size = '1024x768x24'): Promise<VirtualDesktop> {
    // without -noreset the server starts anew whenever its last client goes, and a window that opens just then is refused
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-noreset'], { ...account, env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp' }, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const told = server.stdio[3];
    let number = '';
    told?.on('data', (chunk: Buffer) => (number += chunk.toString()));
    await until(() => number.endsWith('\n'), 'the X server');
    return new VirtualDesktop(`:${number.trim()}`, server);
  }

  /** Waits for a window of this title and turns the keys to it, as a window manager would. Fails at once when what `opens` it ends first, with how. */
  async window(title: string, opens?: Promise<unknown>): Promise<void> {
    let found = '';
    const opened = until(async () => {
      found = await this.hand(['search', '--onlyvisible', '--name', title]).catch(() => '');
      return found !== '';
    }, `the window "${title}"`);
    await (opens === undefined ? opened : Promise.race([opened, opens.then((ended) => Promise.reject(new Error(`no window "${title}": ${JSON.stringify(ended)}`)))]));
    const [number = ''] = found.split('\n');
    await until(async () => {
      await this.hand(['windowfocus', number]);
      return (await this.hand(['getwindowfocus'])) === number;
    }, 'the keys to go there');
  }

  /** One act of xdotool. */
  async hand(act: readonly string[]): Promise<string> {
    return (await run('xdotool', [...act], { env: { ...process.env, DISPLAY: this.display } })).stdout.trim();
  }

  /** A program of the person's. */
  open(file: string, args: readonly string[]): ChildProcess {
    return spawn(file, [...args], { ...account, env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp', DISPLAY: this.display }, stdio: 'ignore' });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill();
    await ended;
  }
}

/**
 * Screens are found by looking at the whole machine, so only one file of tests may have any at a time: the name of a socket
 * that the kernel gives back when the process ends (unix(7), abstract).
 */
export function holdScreens(): Promise<void> {
  return new Promise((resolve) => {
    const lock = createServer().unref();
    lock.once('listening', resolve);
    lock.on('error', () => setTimeout(() => lock.listen('\0behest-test-screens'), 100));
    lock.listen('\0behest-test-screens');
  });
}
