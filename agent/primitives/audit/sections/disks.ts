/** Disks, and the file systems on them with where they are mounted. How full they are changes by itself: see disk.usage. */
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { count, defineSection, id, words } from '../section.ts';

export const disks = defineSection({
  name: 'disks',
  row: Type.Object({ id: id('Device, or mount point.'), kind: words('Kind', 'Kind of disk, or of file system.'), model: words('Model', 'Maker and model, or the device.'), serial: words('Serial number', 'As the disk tells it.'), bytes: count('Size', 'In bytes.') }),
  gather: async () => {
    const { default: system } = await import('systeminformation');
    const [layout, mounted] = await Promise.all([system.diskLayout(), system.fsSize()]);
    return success([
      ...layout.map((disk) => ({ id: `disk ${disk.device}`, kind: disk.type, model: `${disk.vendor} ${disk.name}`.trim(), serial: disk.serialNum, bytes: disk.size })),
      ...mounted.map((part) => ({ id: `mount ${part.mount}`, kind: part.type, model: part.fs, serial: '', bytes: part.size })),
    ]);
  },
});
