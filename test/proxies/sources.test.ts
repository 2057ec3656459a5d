import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import test from 'ava';
import { isBypassed, splitPatterns } from '../../agent/contact/proxies/bypass.ts';
import { machineEnvironment, ownEnvironment, parseDefaultEnvironment, readVariables } from '../../agent/contact/proxies/environment.ts';
import { pacFinding } from '../../agent/contact/proxies/finding.ts';
import type { Finding } from '../../agent/contact/proxies/finding.ts';
import { gnomeSettings, readGnome } from '../../agent/contact/proxies/gnome.ts';
import { readInternetSettings, readWinHttp, windowsSettings } from '../../agent/contact/proxies/windows.ts';
import { parseSearchDomains, readLease, wpadByDhcp, wpadByDns, wpadNames } from '../../agent/contact/proxies/wpad.ts';
import { nameOf } from '../../transports/proxies/proxy.ts';
import { never } from './counterparts.ts';
import { pretend } from './pretend.ts';

/** As the status would show it, with what is bypassed. */
function shown(findings: readonly Finding[]): string[] {
  return findings.map((finding) => (finding.kind === 'pac' ? `${finding.foundBy}: ${finding.url}` : `${finding.foundBy}: ${nameOf(finding.proxy)}${finding.bypass.length === 0 ? '' : ` except ${finding.bypass.join(' ')}`}`));
}

function sample(name: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', name), 'utf8');
}

test('environment: each variable is named, lower case goes first, and nonsense is left out', async (t) => {
  const variables = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2', HTTP_PROXY: 'web:3', all_proxy: 'socks5://s:4', NO_PROXY: 'a.test, .b.test' };
  const wanted = ['HTTPS_PROXY of the environment: http://lower:2', 'HTTP_PROXY of the environment: http://web:3', 'ALL_PROXY of the environment: socks5://s:4'].map((line) => `${line} except a.test .b.test`);
  t.deepEqual(shown(readVariables('the environment', variables)), wanted);
  t.deepEqual(shown(await ownEnvironment(pretend({ environment: variables }), never())), wanted);
  t.deepEqual(readVariables('the environment', { HTTPS_PROXY: '', HTTP_PROXY: 'ftp://x', ALL_PROXY: '  ' }), []);
  t.like(readVariables('x', { HTTP_PROXY: 'http://me:p%40ss@web' })[0], { proxy: { credentials: { user: 'me', password: 'p@ss' } } });
});

test('environment of the machine: its file, its service manager, and what systemd gives to services', async (t) => {
  const files = {
    '/etc/environment': 'PATH="/bin"\n# HTTP_PROXY=http://no:1\nexport https_proxy="http://file:1"\nno_proxy=\'x.test\'\n',
    '/proc/1/environ': 'HOME=/\0HTTP_PROXY=http://manager:2\0',
    '/etc/systemd/system.conf': '[Manager]\n#DefaultEnvironment=ALL_PROXY=no\nDefaultEnvironment="ALL_PROXY=http://systemd:3" \'A=b c\' D=e\n',
  };
  t.deepEqual(shown(await machineEnvironment(pretend({ files }), never())), ['HTTPS_PROXY of /etc/environment: http://file:1 except x.test', "HTTP_PROXY of the service manager's environment: http://manager:2", "ALL_PROXY of systemd's DefaultEnvironment: http://systemd:3"]);
  t.deepEqual(parseDefaultEnvironment(files['/etc/systemd/system.conf']), ['ALL_PROXY=http://systemd:3', 'A=b c', 'D=e']);
  t.deepEqual(await machineEnvironment(pretend({}), never()), []);
});

test('a target is bypassed as each kind of list writes it', (t) => {
  const cases: readonly (readonly [string, string, number, boolean])[] = [
    ['*', 'any.test', 443, true], ['a.test', 'a.test', 443, true], ['a.test', 'b.a.test', 443, false], ['a.test', 'A.TEST', 443, true],
    ['.a.test', 'b.a.test', 443, true], ['.a.test', 'a.test', 443, false], ['*.a.test', 'b.a.test', 443, true], ['*.a.test', 'xa.test', 443, false], ['*a.test', 'xa.test', 443, true],
    ['a.test:443', 'a.test', 443, true], ['a.test:443', 'a.test', 80, false], ['[fd00::1]:443', 'fd00::1', 443, true], ['::1', '::1', 443, true], ['fd00::/8', 'fd12::1', 443, true],
    ['10.0.0.0/8', '10.200.0.1', 443, true], ['10.0.0.0/8', '11.0.0.1', 443, false], ['10.0.0.0/8', 'a.test', 443, false], ['10.0.0.0/99', '10.0.0.1', 443, false], ['10.*', '10.1.2.3', 443, true],
    ['<local>', 'intranet', 443, true], ['<local>', 'a.test', 443, false], ['<local>', '::1', 443, false], ['https://a.test', 'a.test', 443, true], ['', 'a.test', 443, false], ['a*b', 'ab', 1, true], ['ab*ba', 'aba', 1, false],
  ];
  for (const [pattern, host, port, expected] of cases) t.is(isBypassed({ host, port }, [pattern]), expected, `${pattern} for ${host}:${port}`);
  t.deepEqual(splitPatterns(' a, b;;c d '), ['a', 'b', 'c', 'd']);
});

test('GNOME: proxies with their password, an address of a script, and nothing where it is off', async (t) => {
  const said = readGnome(sample('gsettings-manual.txt'));
  const bypass = ' except localhost 127.0.0.0/8 ::1 *.corp.test';
  t.deepEqual(shown(said), [`GNOME http: http://10.0.0.5:3128${bypass}`, `GNOME socks: socks5://[fd00::5]:1080${bypass}`]);
  t.like(said[0], { proxy: { credentials: { user: 'me', password: "it's: me" } } });
  t.deepEqual(shown(readGnome(sample('gsettings-auto.txt'))), ['GNOME autoconfig-url: http://pac.corp.test/proxy.pac']);
  t.deepEqual(readGnome(sample('gsettings-manual.txt').replace("mode 'manual'", "mode 'none'")), []);
  t.deepEqual(readGnome(''), []);
  const session = pretend({ environment: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' }, programs: { 'gsettings list-recursively org.gnome.system.proxy': sample('gsettings-auto.txt') } });
  t.is((await gnomeSettings(session, never())).length, 1);
  t.deepEqual(await gnomeSettings({ ...session, environment: {} }, never()), []);
});

test('Windows: settings of user and machine, one proxy each protocol, and those of WinHTTP in any language', async (t) => {
  const override = ' except *.corp.test 10.* 192.168.7.9 <local>';
  t.deepEqual(shown(readInternetSettings('HKCU', sample('reg-query-user.txt'))), [
    'Windows HKCU AutoConfigURL: http://pac.corp.test/proxy.pac', `Windows HKCU ProxyServer: http://10.0.0.5:3128${override}`, `Windows HKCU ProxyServer: http://web.corp.test:8080${override}`, `Windows HKCU ProxyServer: socks4a://s.corp.test:1080${override}`,
  ]);
  t.deepEqual(readInternetSettings('HKLM', sample('reg-query-machine-off.txt')), []);
  t.deepEqual(shown(readWinHttp(sample('netsh-winhttp-proxy.txt'))), ['Windows WinHTTP: http://10.0.0.5:3128 except *.corp.test <local>']);
  t.deepEqual(shown(readWinHttp(sample('netsh-winhttp-proxy-german.txt'))), ['Windows WinHTTP: http://10.0.0.7:443 except (Keine)', 'Windows WinHTTP: http://10.0.0.6:80 except (Keine)']);
  t.deepEqual(readWinHttp(sample('netsh-winhttp-direct.txt')), []);
  const place = 'Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings';
  const programs = { [`reg.exe query HKCU\\${place}`]: sample('reg-query-user.txt'), [`reg.exe query HKLM\\${place}`]: sample('reg-query-machine-off.txt'), 'netsh.exe winhttp show proxy': sample('netsh-winhttp-proxy.txt') };
  t.is((await windowsSettings(pretend({ platform: 'win32', programs }), never())).length, 5);
  t.deepEqual(await windowsSettings(pretend({ programs }), never()), []);
});

test('WPAD by DNS: the nearest domain that has the name, and never a domain of two labels', async (t) => {
  t.deepEqual(wpadNames(['desk.site.corp.test', 'corp.test', 'co.uk', 'test', '']), ['wpad.desk.site.corp.test', 'wpad.site.corp.test']);
  t.deepEqual(parseSearchDomains('nameserver 1.2.3.4\ndomain old.test\nsearch site.corp.test. lab.corp.test $(x)\n'), ['site.corp.test', 'lab.corp.test']);
  const surroundings = pretend({ files: { '/etc/resolv.conf': 'search desk.site.corp.test\n' }, addresses: { 'wpad.site.corp.test': '10.0.0.9', 'wpad.corp.test': '6.6.6.6' } });
  t.deepEqual(shown(await wpadByDns(surroundings, never())), ['WPAD by DNS (wpad.site.corp.test): http://wpad.site.corp.test/wpad.dat']);
  t.deepEqual(surroundings.asked, ['wpad.desk.site.corp.test', 'wpad.site.corp.test']);
});

test('WPAD by DHCP: from the leases of dhclient, systemd-networkd and NetworkManager', async (t) => {
  t.is(readLease(sample('dhclient.leases')), 'http://10.0.0.9/wpad.dat');
  t.is(readLease(sample('networkd-lease')), 'http://10.0.0.9/wpad.dat');
  t.is(readLease('ADDRESS=10.0.0.41\n'), undefined);
  for (const path of ['/run/systemd/netif/leases/2', '/var/lib/NetworkManager/internal-1-eth0.lease']) {
    t.deepEqual(shown(await wpadByDhcp(pretend({ files: { [path]: sample('networkd-lease') } }), never())), ['WPAD by DHCP: http://10.0.0.9/wpad.dat'], path);
  }
  t.deepEqual(shown(await wpadByDhcp(pretend({ files: { '/var/lib/dhcp/dhclient.eth0.leases': sample('dhclient.leases'), '/var/lib/dhcp/other': sample('networkd-lease') } }), never())), ['WPAD by DHCP: http://10.0.0.9/wpad.dat']);
});

test('an address of a script that is neither http nor https is no finding', (t) => {
  for (const url of ['file:///etc/passwd', 'data:,x', 'javascript:1', '', 'pac.corp.test', 'ftp://x/y']) t.deepEqual(pacFinding('x', url), [], url);
});

test('no parser throws, whatever it reads', (t) => {
  const parsers = [readGnome, readWinHttp, readLease, parseSearchDomains, parseDefaultEnvironment, (text: string) => readInternetSettings('HKCU', text), (text: string) => readVariables('x', { HTTPS_PROXY: text, NO_PROXY: text }), (text: string) => isBypassed({ host: 'a.test', port: 1 }, splitPatterns(text))];
  const words = fc.constantFrom('org.gnome.system.proxy', ' mode ', "'manual'", 'ProxyServer', 'REG_SZ', 'http=', ';', ':', '[', '*', '/', 'OPTION_252=', '\n', '    ', '"', "'", '\\', '\0');
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }).map((parts) => parts.join(''));
  for (const parse of parsers) fc.assert(fc.property(text, (input) => void parse(input)), { numRuns: 200 });
  t.pass();
});
