/**
 * The settings of behest-agent: one table from which the command line, its help and the frozen configuration come.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { MeteredSetting } from './contact/network/metered.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

type Setting = {
  /** As commander writes them. */
  readonly flag: string;
  readonly type: 'text' | 'path' | 'switch' | 'choice';
  readonly choices?: readonly string[];
  readonly default?: string | boolean;
  readonly text: string;
  readonly commands: readonly ('run' | 'status')[];
};

export const settings = Object.freeze({
  data: { flag: '--data <dir>', type: 'path', default: defaultDataFolder(), text: 'folder of the keys, the journal and the state of this machine', commands: ['run', 'status'] },
  enrol: { flag: '--enrol <string>', type: 'text', text: 'enrolment string; needed once, on the first start. Every user of this machine sees it in the list of processes: better --enrol-file, or BEHEST_ENROL', commands: ['run'] },
  enrolFile: { flag: '--enrol-file <path>', type: 'path', text: 'file that holds the enrolment string; - is standard input', commands: ['run'] },
  proxy: { flag: '--proxy <url>', type: 'text', text: 'proxy to try first: http://name:password@host:port; also https, socks4, socks4a, socks5. Others are found by themselves', commands: ['run'] },
  pac: { flag: '--pac <url>', type: 'text', text: 'address of a proxy auto-configuration file to go by', commands: ['run'] },
  logLevel: { flag: '--log-level <level>', type: 'choice', choices: logLevels, default: 'info', text: 'what is logged to standard error, as JSON lines', commands: ['run'] },
  metered: { flag: '--metered <when>', type: 'choice', choices: ['yes', 'no', 'auto'], default: 'auto', text: 'whether the network costs by the byte or roams; auto asks NetworkManager, if there is one', commands: ['run'] },
  exitWithParent: { flag: '--exit-with-parent', type: 'switch', default: false, text: 'end when standard input ends', commands: ['run'] },
  json: { flag: '--json', type: 'switch', default: false, text: 'answer in JSON on standard output', commands: ['run', 'status'] },
} as const satisfies Record<string, Setting>);

export type Config = {
  readonly data: string;
  readonly enrol?: string;
  readonly enrolFile?: string;
  readonly proxy?: string;
  readonly pac?: string;
  readonly logLevel: LogLevel;
  readonly metered: MeteredSetting;
  readonly exitWithParent: boolean;
  readonly json: boolean;
};

/** Adds the settings of one command to it. */
export function addOptions(command: Command, name: 'run' | 'status'): Command {
  for (const setting of Object.values<Setting>(settings).filter(({ commands }) => commands.includes(name))) {
    const option = new Option(setting.flag, setting.text);
    if (setting.choices !== undefined) option.choices(setting.choices);
    if (setting.default !== undefined && setting.default !== false) option.default(setting.default);
    command.addOption(option);
  }
  return command;
}

/** What the command line gave, complete and never changed again. */
export function toConfig(given: Partial<Config>): Config {
  const { data = settings.data.default, logLevel = settings.logLevel.default, metered = settings.metered.default, exitWithParent = false, json = false, enrol, enrolFile, proxy, pac } = given;
  const wishes = { ...(enrol === undefined ? {} : { enrol }), ...(enrolFile === undefined ? {} : { enrolFile }), ...(proxy === undefined ? {} : { proxy }), ...(pac === undefined ? {} : { pac }) };
  return Object.freeze({ data, logLevel, metered, exitWithParent, json, ...wishes });
}

/** On Windows one that only its account and administrators read, also for a service. */
function defaultDataFolder(): string {
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'behest-agent');
  return process.getuid?.() === 0 ? '/var/lib/behest-agent' : join(homedir(), '.local', 'share', 'behest-agent');
}
