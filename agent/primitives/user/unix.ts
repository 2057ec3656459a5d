/**
 * Accounts of Unix: by getent, which also asks directories of the network; who is signed in by who, and when one last was by
 * lslogins. Where one of the last two is missing, that is not known.
 */
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool, askToolToSucceed } from '../tool.ts';
import type { Accounts, SessionRow, UserContext, UserRow } from './accounts.ts';

export const unixAccounts: Accounts = {
  async list(context) {
    const passwd = await said('getent', ['passwd'], context);
    if (!passwd.ok) return passwd;
    const group = await said('getent', ['group'], context);
    if (!group.ok) return group;
    const shadow = await askTool('getent', ['shadow'], context);
    const who = await askTool('who', [], context);
    const logins = await askTool('lslogins', ['--colon-separate', '--output=USER,LAST-LOGIN', '--time-format=iso'], context);
    const sessions = who.ok ? parseWho(who.value.stdout) : [];
    const about = {
      groups: parseGroups(group.value),
      locked: parseShadow(shadow.ok ? shadow.value.stdout : ''),
      lastSignIns: parseLastSignIns(logins.ok ? logins.value.stdout : ''),
      sessions,
    };
    return success({ users: parsePasswd(passwd.value, about), sessions });
  },
};

async function said(file: string, args: readonly string[], context: UserContext): Promise<Outcome<string>> {
  const answer = await askToolToSucceed(file, args, context);
  return answer.ok ? success(answer.value.stdout) : answer;
}

type Groups = { readonly byId: ReadonlyMap<string, string>; readonly byMember: ReadonlyMap<string, readonly string[]> };

type About = {
  readonly groups: Groups;
  readonly locked: ReadonlyMap<string, boolean>;
  readonly lastSignIns: ReadonlyMap<string, number>;
  readonly sessions: readonly SessionRow[];
};

/** passwd(5): name, password, number, group, full name and more, home, shell. */
export function parsePasswd(text: string, { groups, locked, lastSignIns, sessions }: About): UserRow[] {
  return text.split('\n').flatMap((line) => {
    const [name, , id, group, about = '', home = '', shell = ''] = line.split(':');
    if (name === undefined || id === undefined || group === undefined) return [];
    const [isLocked, lastSignInAtMs] = [locked.get(name), lastSignIns.get(name)];
    return [{
      name, id,
      fullName: about.split(',')[0] ?? '',
      kind: kindOf(Number(id), shell),
      ...(isLocked === undefined ? {} : { locked: isLocked }),
      groups: [...new Set([groups.byId.get(group) ?? group, ...(groups.byMember.get(name) ?? [])])],
      sessions: sessions.filter(({ user }) => user === name).length,
      ...(lastSignInAtMs === undefined ? {} : { lastSignInAtMs }),
      home, shell,
    }];
  });
}

/** Numbers of people begin at 1000 (login.defs(5)); 65534 is nobody. */
function kindOf(id: number, shell: string): UserRow['kind'] {
  if (id === 0) return 'administrator';
  const signsIn = !/(^|\/)(nologin|false|sync)$/.test(shell);
  return id >= 1000 && id < 65_534 && signsIn ? 'person' : 'service';
}

/** group(5): name, password, number, members. */
export function parseGroups(text: string): Groups {
  const lines = text.split('\n').map((line) => line.split(':'));
  const byMember = new Map<string, string[]>();
  for (const [name = '', , , members = ''] of lines) {
    for (const member of members.split(',').filter((each) => each !== '')) byMember.set(member, [...(byMember.get(member) ?? []), name]);
  }
  return { byId: new Map(lines.flatMap(([name, , id]) => (name === undefined || id === undefined ? [] : [[id, name]]))), byMember };
}

/** shadow(5): what begins with ! or * is no password that could be typed. */
export function parseShadow(text: string): ReadonlyMap<string, boolean> {
  return new Map(text.split('\n').flatMap((line) => {
    const [name, password] = line.split(':');
    return name === undefined || password === undefined ? [] : [[name, /^[!*]/.test(password)]];
  }));
}

/** Lines such as `ada      pts/0        2026-11-25 06:01 (192.0.2.7)`, in the time zone of the machine. */
export function parseWho(text: string): SessionRow[] {
  return [...text.matchAll(/^(\S+) +(\S+) +(\d{4}-\d\d-\d\d) (\d\d:\d\d)(?: +\((.*)\))?/gm)].map(([, user = '', terminal = '', day, time, from]) => {
    const sinceAtMs = Date.parse(`${day}T${time}`);
    return { user, terminal, ...(Number.isNaN(sinceAtMs) ? {} : { sinceAtMs }), ...(from === undefined ? {} : { from }) };
  });
}

/** Lines such as `ada:2026-11-25T06:01:04+0100`. */
export function parseLastSignIns(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^([^:\n]+):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d):?(\d\d)/gm)].flatMap(([, name = '', time, hours, minutes]) => {
    const atMs = Date.parse(`${time}${hours}:${minutes}`);
    return Number.isNaN(atMs) ? [] : [[name, atMs] as const];
  }));
}
