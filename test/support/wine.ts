/**
 * A Windows of the test's own: a fresh prefix of Wine, in which programs of Windows run beside Linux. All of it ends with its
 * owner, through the one wineserver of that prefix.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { node22 } from './other-nodes.ts';
import type { Owner } from './owner.ts';
import { startOnFiles } from './program-on-files.ts';
import type { ProgramOnFiles } from './program-on-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Making the prefix takes 4 s on a quiet machine. */
const withinMs = 120_000;

export type Said = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

export class Wine {
  /** On this side; its `prefix` is what Windows sees as its disk. */
  readonly folder: string;
  /** Of Windows, as it is called there. */
  readonly node: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(folder: string, node: string) {
    this.folder = folder;
    this.node = windowsPath(node);
    // no .NET, no browser, no entries in menus; and no desktop, which the first program that asks for one would start, with its pipes in hand
    const { DISPLAY: _, ...environment } = process.env;
    this.#environment = { ...environment, WINEPREFIX: join(folder, 'prefix'), WINEARCH: 'win64', WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe,explorer.exe=d' };
  }

  /** Makes one. Throws when there is no Node for Windows to be had. */
  static async make(t: Owner): Promise<Wine> {
    const node = node22('windows');
    if (node === undefined) throw new Error('npm has not given a Node for Windows');
    const wine = new Wine(await temporaryFolder(t), node);
    t.teardown(() => wine.#ask('wineserver', ['--kill']));
    wine.#ask('wine', ['wineboot', '--init']);
    wine.#ask('wine', ['winecfg', '-v', 'win10']);
    return wine;
  }

  /** Where a path of Windows on its own disk is on this side. */
  unixPath(path: string): string {
    return path.replaceAll('\\', '/').replace(/^c:/i, join(this.folder, 'prefix', 'drive_c'));
  }

  /** A program of Windows to its end. */
  run(program: string, args: readonly string[]): Said {
    const { status, stdout, stderr } = spawnSync('wine', [program, ...args], { env: this.#environment, encoding: 'utf8', timeout: withinMs, input: '' });
    return { status, stdout, stderr };
  }

  /** Names of the programs of Windows that run, in lower case. */
  programs(): readonly string[] {
    return this.run('wmic.exe', ['process', 'get', 'Name']).stdout.replaceAll('\0', '').toLowerCase().split(/\s+/);
  }

  /** A module of ours in the Node of Windows, to its end: what it wrote to standard output. */
  async runModule(path: string, args: readonly string[] = []): Promise<string> {
    const program = this.#start([windowsPath(path), ...args]);
    const exit = await program.exit;
    if (exit !== 0) throw new Error(`${path} ended with ${String(exit)}: ${program.said('stderr')}`);
    return program.said('stdout');
  }

  /** behest-agent as a program of Windows. It can only be killed: no signal of this side reaches it as one. */
  startAgent(args: readonly string[]): ProgramOnFiles {
    return this.#start([windowsPath(join(import.meta.dirname, '../../agent/launch.mjs')), ...args]);
  }

  #start(args: readonly string[]): ProgramOnFiles {
    return startOnFiles(['wine', this.node, '--disable-warning=ExperimentalWarning', ...args], { folder: this.folder, environment: this.#environment, endedBy: 'SIGKILL' });
  }

  #ask(program: string, args: readonly string[]): void {
    spawnSync(program, args, { env: this.#environment, stdio: 'ignore', timeout: withinMs });
  }
}

/** The root of this side is a drive on the other. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
