/**
 * The proxy settings of Windows: those of the user and of the machine (registry, "Internet Settings"), and those of the services
 * (WinHTTP). By the system's own programs, whose output is parsed.
 */
import { splitPatterns } from './bypass.ts';
import { pacFinding, proxyFinding } from './finding.ts';
import type { Finding, Source } from './finding.ts';

const place = 'Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings';
const hives = ['HKCU', 'HKLM'] as const;

export const windowsSettings: Source = async ({ platform, run }, signal) => {
  if (platform !== 'win32') return [];
  const registry = hives.map(async (hive) => readInternetSettings(hive, await run('reg.exe', ['query', `${hive}\\${place}`], signal) ?? ''));
  const services = run('netsh.exe', ['winhttp', 'show', 'proxy'], signal).then((said) => readWinHttp(said ?? ''));
  return (await Promise.all([...registry, services])).flat();
};

/** Lines such as `    ProxyServer    REG_SZ    proxy:8080`. */
export function readInternetSettings(hive: string, said: string): readonly Finding[] {
  const values = new Map([...said.matchAll(/^\s+(\w+)\s+REG_\w+\s+(.*?)\s*$/gm)].map(([, name, value]) => [name, value ?? '']));
  const script = values.get('AutoConfigURL');
  const isOn = Number(values.get('ProxyEnable') ?? 0) === 1;
  return [
    ...(script === undefined ? [] : pacFinding(`Windows ${hive} AutoConfigURL`, script)),
    ...(isOn ? readServers(`Windows ${hive} ProxyServer`, values.get('ProxyServer') ?? '', values.get('ProxyOverride') ?? '') : []),
  ];
}

/** In the language of the system, so by the order of its lines: first the servers, then what is reached without them. */
export function readWinHttp(said: string): readonly Finding[] {
  const [servers, bypass] = [...said.matchAll(/^ {4}\S.*?:[ \t]+(\S.*?)\s*$/gm)].map((match) => match[1] ?? '');
  return servers === undefined ? [] : readServers('Windows WinHTTP', servers, bypass ?? '');
}

/** One for all protocols (`proxy:8080`), or one each (`http=a:80;https=b:80;socks=c:1080`). */
function readServers(foundBy: string, servers: string, override: string): readonly Finding[] {
  const bypass = splitPatterns(override);
  const parts = servers.split(/[;\s]+/).filter((part) => part !== '').map((part) => /^(?:(http|https|socks|ftp)=)?(.*)$/.exec(part) ?? []);
  return ['https', undefined, 'http', 'socks'].flatMap((wanted) =>
    parts.filter(([, protocol]) => protocol === wanted).flatMap(([, protocol, address = '']) =>
      proxyFinding(foundBy, protocol === 'socks' && !address.includes('://') ? `socks4a://${address}` : address, bypass)));
}
