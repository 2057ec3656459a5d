/** The operating system: its release, kernel, name and time zone. */
import { arch, hostname, release, version } from 'node:os';
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { defineSection, id, words } from '../section.ts';

export const system = defineSection({
  name: 'system',
  row: Type.Object({ id: id('What is told.'), value: words('Value', 'As the system has it.') }),
  gather: async () => {
    const { default: information } = await import('systeminformation');
    const os = await information.osInfo();
    const told = {
      'name': os.distro, 'release': os.release, 'code name': os.codename, 'build': os.build, 'kernel': release(), 'kernel build': version(),
      'architecture': arch(), 'host name': hostname(), 'time zone': Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
    return success(Object.entries(told).map(([name, value]) => ({ id: name, value })));
  },
});
