/** Printers that CUPS has, by lpstat(1). A machine without CUPS has none. */
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { askTool } from '../../tool.ts';
import { defineSection, id, words } from '../section.ts';

export const printers = defineSection({
  name: 'printers',
  row: Type.Object({ id: id('Name of the queue.'), device: words('Device', 'Address of the printer.') }),
  gather: async (context) => {
    const said = await askTool('lpstat', ['-v'], context, { timeoutMs: 10_000 });
    if (!said.ok) return said.code === 'tool-missing' ? success([]) : said;
    return success(readDevices(said.value.stdout));
  },
});

/** `device for NAME: URI`; credentials within a URI stay out. */
export function readDevices(text: string): { id: string; device: string }[] {
  return [...text.matchAll(/^device for ([^:\n]+): (.+)$/gm)].map(([, name = '', device = '']) => ({ id: name, device: device.replace(/\/\/[^/@]*@/, '//') }));
}
