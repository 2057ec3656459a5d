/** Services and whether they start with the machine: by systemd, else by the links of the old runlevels. Whether one runs just now changes by itself: see service.list. */
import { readdir } from 'node:fs/promises';
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../../protocol/primitive.ts';
import { askTool } from '../../tool.ts';
import { defineSection, id, words } from '../section.ts';

type ServiceRow = { id: string; start: string };

export const services = defineSection({
  name: 'services',
  row: Type.Object({ id: id('Name of the service.'), start: words('Start', 'enabled, disabled, static, masked …') }),
  gather: async (context) => success((await bySystemd(context)) ?? (await byRunlevels())),
});

async function bySystemd(context: PrimitiveContext): Promise<ServiceRow[] | undefined> {
  const said = await askTool('systemctl', ['list-unit-files', '--type=service', '--no-legend', '--no-pager', '--plain'], context, { timeoutMs: 10_000 });
  return said.ok && said.value.exitCode === 0 ? readUnitFiles(said.value.stdout) : undefined;
}

export function readUnitFiles(text: string): ServiceRow[] {
  return [...text.matchAll(/^(\S+)\.service\s+(\S+)/gm)].map(([, name = '', start = '']) => ({ id: name, start }));
}

/** /etc/rc2.d/S01name: started in the runlevel that Debian boots into. */
async function byRunlevels(): Promise<ServiceRow[]> {
  const [scripts, links] = await Promise.all([namesIn('/etc/init.d'), namesIn('/etc/rc2.d')]);
  const started = new Set(links.flatMap((link) => (/^S\d\d(.+)$/.exec(link) ?? []).slice(1)));
  return scripts.filter((name) => !name.startsWith('.') && name !== 'README').map((name) => ({ id: name, start: started.has(name) ? 'enabled' : 'disabled' }));
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
