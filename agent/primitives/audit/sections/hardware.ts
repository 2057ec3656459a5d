/** Board, processor, memory and graphics, by systeminformation. */
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { defineSection, id, words } from '../section.ts';

export const hardware = defineSection({
  name: 'hardware',
  row: Type.Object({ id: id('The part, with its place where there are several.'), model: words('Model', 'Maker and model.'), serial: words('Serial number', 'As the part tells it.'), detail: words('Detail', 'What else is known of it.') }),
  gather: async () => {
    const { default: system } = await import('systeminformation');
    const [machine, bios, board, cpu, memory, modules, graphics] = await Promise.all([system.system(), system.bios(), system.baseboard(), system.cpu(), system.mem(), system.memLayout(), system.graphics()]);
    return success([
      { id: 'machine', model: joined(machine.manufacturer, machine.model), serial: machine.serial, detail: machine.virtual ? `virtual, ${machine.virtualHost ?? ''}`.trim() : '' },
      { id: 'firmware', model: joined(bios.vendor, bios.version), serial: '', detail: bios.releaseDate },
      { id: 'board', model: joined(board.manufacturer, board.model), serial: board.serial, detail: board.version },
      { id: 'processor', model: joined(cpu.manufacturer, cpu.brand), serial: '', detail: `${cpu.physicalCores} cores, ${cpu.cores} threads` },
      { id: 'memory', model: '', serial: '', detail: `${memory.total} bytes` },
      ...modules.map((part, place) => ({ id: `memory module ${place}`, model: joined(part.manufacturer ?? '', part.partNum ?? ''), serial: part.serialNum ?? '', detail: `${part.size} bytes, ${part.type}` })),
      ...graphics.controllers.map((part, place) => ({ id: `graphics ${place}`, model: joined(part.vendor, part.model), serial: '', detail: part.bus })),
    ]);
  },
});

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
