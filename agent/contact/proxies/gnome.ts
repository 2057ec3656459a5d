/**
 * The proxy settings of a GNOME session, which other desktops keep in the same place, by its own program `gsettings`.
 */
import { pacFinding, proxyFinding } from './finding.ts';
import type { Finding, Source } from './finding.ts';

const schema = 'org.gnome.system.proxy';

/** Asks only where a session is: elsewhere the program would start one. */
export const gnomeSettings: Source = async ({ platform, environment, run }, signal) => {
  if (platform !== 'linux' || !environment['DBUS_SESSION_BUS_ADDRESS']) return [];
  const said = await run('gsettings', ['list-recursively', schema], signal);
  return said === undefined ? [] : readGnome(said);
};

/** Reads lines such as `org.gnome.system.proxy.http host '10.0.0.5'`: schema, key and a value in GVariant's text form. */
export function readGnome(said: string): readonly Finding[] {
  const values = new Map([...said.matchAll(/^(\S+) (\S+) (.*)$/gm)].map(([, place, key, value]) => [`${place?.slice(schema.length + 1)} ${key}`, value ?? '']));
  const text = (name: string): string => unquote(values.get(name) ?? '');
  if (text(' mode') === 'auto') return pacFinding('GNOME autoconfig-url', text(' autoconfig-url'));
  if (text(' mode') !== 'manual') return [];
  const bypass = [...(values.get(' ignore-hosts') ?? '').matchAll(/'(?:[^'\\]|\\.)*'/g)].map(([quoted]) => unquote(quoted));
  const needsLogin = text('http use-authentication') === 'true';
  return (['https', 'http', 'socks'] as const).flatMap((kind) => {
    const [host, port] = [text(`${kind} host`), text(`${kind} port`)];
    if (host === '' || !/^[1-9]\d*$/.test(port)) return [];
    const login = kind === 'http' && needsLogin ? `${encodeURIComponent(text('http authentication-user'))}:${encodeURIComponent(text('http authentication-password'))}@` : '';
    const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    // "https" is the proxy for https addresses, not one that is spoken to over TLS
    return proxyFinding(`GNOME ${kind}`, `${kind === 'socks' ? 'socks5' : 'http'}://${login}${shown}:${port}`, bypass);
  });
}

/** A string of GVariant's text form in either kind of quotes; anything else as it stands. */
function unquote(value: string): string {
  return /^(['"]).*\1$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
