/** The settings of the program: what the command line says, checked, with its defaults and its help. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { failure, success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { Envelope } from '../protocol/envelope.ts';
import { fromJson } from '../protocol/statements/envelope-json.ts';
import type { Statements } from './people/statement-keeper.ts';

export type InitOptions = { readonly data: string; readonly name: readonly string[]; readonly port: number; readonly ftpAddress?: string };

export type RunOptions = InitOptions & {
  readonly host: string;
  readonly root?: string;
  readonly policy?: string;
  readonly static?: string;
  readonly ftpFolder?: string;
  readonly ntfy?: string;
  readonly ntfyTokenFile?: string;
  readonly forgetSecrets?: true;
  readonly json?: true;
  readonly exitWithParent?: true;
  readonly logLevel: string;
};

/** Where `npm run build` puts the console of this checkout. */
const builtConsole = join(import.meta.dirname, '..', 'dist', 'web');

/** The command line. The two actions are handed in. */
export function commandLine(actions: { init(options: InitOptions): Promise<void>; run(options: RunOptions): Promise<void> }): Command {
  const program = new Command('behest-intermediary').description('The relay between consoles and the agents behind firewalls. It passes signed directives on and cannot make any.');
  common(program.command('init'))
    .description('make the keys and the TLS certificate, and print what an owner must know to sign the first root over them')
    .option('--ftp-address <host:port>', 'where an FTP server beside it is reached (docs/contact.md)', readFtpAddress)
    .addHelpText('after', `\nExample:\n  $ behest-intermediary init --data /var/lib/behest --name relay.example.org\n  {"key":"…","authority":"-----BEGIN CERTIFICATE-----…","addresses":["relay.example.org:8443"]}`)
    .action(actions.init);
  common(program.command('run'))
    .description('serve consoles and agents')
    .option('--host <address>', 'address to listen on; :: is every one of this machine', '127.0.0.1')
    .option('--root <file>', 'the first root, signed by the owners; read only by a store that has none')
    .option('--policy <file>', 'the first policy, likewise')
    .option('--static <dir>', 'folder of the built console', existsSync(builtConsole) ? builtConsole : undefined)
    .option('--ftp-folder <dir>', 'folder that an FTP server beside this one serves, for agents that can get out by nothing else (docs/contact.md)')
    .option('--ntfy <url>', 'ntfy server that wakes agents which are not connected (docs/contact.md)')
    .option('--ntfy-token-file <file>', 'file with an access token for it')
    .option('--forget-secrets', 'start although the file secrets-key is lost: every machine must then be let back in by behest resync --all')
    .option('--json', 'print {"listening":true,"url":…} on standard output once it answers')
    .option('--exit-with-parent', 'stop when standard input ends')
    .addOption(new Option('--log-level <level>', 'what to log, on standard error').choices(['debug', 'info', 'warn', 'error', 'silent']).default('info'))
    .addHelpText('after', `\nExamples:\n  $ behest-intermediary run --data /var/lib/behest --host :: --root root.json --policy policy.json\n  $ behest-intermediary run --data /var/lib/behest --host ::        (later)`)
    .action(actions.run);
  return program;
}

function common(command: Command): Command {
  return command
    .requiredOption('--data <dir>', 'folder for database, keys and certificates; one process at a time')
    .option('--name <host...>', 'names and addresses by which it is reached, besides localhost', [])
    .option('--port <number>', 'port for everything', readPort, 8443);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  return port;
}

function readFtpAddress(text: string): string {
  if (!/^[^/:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be HOST:PORT.');
  return `ftp://${text}`;
}

/** Where agents and consoles find it: each name, and localhost if there is none; last by FTP. */
export function addressesOf({ name, port, ftpAddress }: Pick<InitOptions, 'name' | 'port' | 'ftpAddress'>): string[] {
  const hosts = (name.length === 0 ? ['localhost'] : name).map((host) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return ftpAddress === undefined ? hosts : [...hosts, ftpAddress];
}

/** The two files with which a new store begins. */
export async function readFirstStatements({ root, policy }: Pick<RunOptions, 'root' | 'policy'>): Promise<Outcome<Statements>> {
  if (root === undefined || policy === undefined) return failure('usage', 'the store is new: name the signed root and policy with --root and --policy');
  const first = await readEnvelopeFile(root);
  if (!first.ok) return first;
  const second = await readEnvelopeFile(policy);
  return second.ok ? success({ root: first.value, policy: second.value }) : second;
}

async function readEnvelopeFile(path: string): Promise<Outcome<Envelope>> {
  try {
    return fromJson(await readFile(path, 'utf8'));
  } catch (error) {
    return failure('not-found', error instanceof Error ? error.message : path);
  }
}
