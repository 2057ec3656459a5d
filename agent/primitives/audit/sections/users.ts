/** Accounts of the machine, by passwd(5) and group(5). No password and no digest of one is read. */
import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { systemFailure } from '../../system-failure.ts';
import { count, defineSection, id, words } from '../section.ts';

export const users = defineSection({
  name: 'users',
  row: Type.Object({ id: id('Account.'), number: count('Number', 'User id.'), fullName: words('Full name', 'As the account says.'), home: words('Home', 'Home directory.'), shell: words('Shell', 'Login shell.'), groups: words('Groups', 'Groups that name the account.') }),
  gather: async () => {
    try {
      return success(readAccounts(await readFile('/etc/passwd', 'utf8'), await readFile('/etc/group', 'utf8')));
    } catch (error) {
      return systemFailure(error, '/etc/passwd');
    }
  },
});

export function readAccounts(passwd: string, group: string) {
  const groups = group.split('\n').map((line) => line.split(':'));
  return passwd.split('\n').flatMap((line) => {
    const [name = '', , number = '', , about = '', home = '', shell = ''] = line.split(':');
    if (name === '' || !/^\d{1,10}$/.test(number)) return [];
    const named = groups.filter(([, , , members = '']) => members.split(',').includes(name)).map(([title = '']) => title);
    return [{ id: name, number: Number(number), fullName: about.split(',')[0] ?? '', home, shell, groups: named.sort().join(', ') }];
  });
}
