/**
 * Proxies named by environment variables: the agent's own, and those that the machine gives to its services and users, which a
 * service started by hand or long ago may lack.
 */
import { splitPatterns } from './bypass.ts';
import { proxyFinding } from './finding.ts';
import type { Finding, Source } from './finding.ts';

/** The intermediary is dialled over TLS first of all, so the one for https comes first. */
const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'] as const;

export const ownEnvironment: Source = async ({ environment }) => readVariables('the environment', environment);

/** Files only: nothing is asked of any program. */
export const machineEnvironment: Source = async ({ platform, readText }) => {
  if (platform === 'win32') return [];
  const [file, manager, defaults] = await Promise.all(['/etc/environment', '/proc/1/environ', '/etc/systemd/system.conf'].map(readText));
  return [
    ...readVariables('/etc/environment', parseAssignments((file ?? '').split('\n'))),
    ...readVariables("the service manager's environment", parseAssignments((manager ?? '').split('\0'))),
    ...readVariables("systemd's DefaultEnvironment", parseAssignments(parseDefaultEnvironment(defaults ?? ''))),
  ];
};

type Variables = Readonly<Record<string, string | undefined>>;

/** As curl and proxy-from-env: lower case before upper. */
export function readVariables(where: string, variables: Variables): readonly Finding[] {
  const value = (name: string): string => variables[name.toLowerCase()] || variables[name] || '';
  const bypass = splitPatterns(value('NO_PROXY'));
  return names.flatMap((name) => (value(name) === '' ? [] : proxyFinding(`${name} of ${where}`, value(name), bypass)));
}

/** `NAME=value` and `export NAME="value"`, as pam_env reads them. */
export function parseAssignments(lines: readonly string[]): Variables {
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
  return Object.fromEntries(pairs);
}

/** `DefaultEnvironment="A=x y" B=z` (systemd-system.conf(5)); the last of several lines adds to the ones before. */
export function parseDefaultEnvironment(text: string): readonly string[] {
  const lines = [...text.matchAll(/^\s*DefaultEnvironment=(.*)$/gm)].map((match) => match[1] ?? '');
  return lines.flatMap((line) => [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''));
}
