/**
 * The parts of a machine that systeminformation knows: of each what a technician reads, in words, with sizes in bytes. The
 * library fills what the system does not tell with nothing, zeros or null; that becomes absent.
 */
import { Type } from 'typebox';
import type { Static, TProperties } from 'typebox';
import type library from 'systeminformation';

type Library = typeof library;

const part = <P extends TProperties>(title: string, description: string, properties: P) => Type.Optional(Type.Object(properties, { title, description, additionalProperties: false }));
const list = <P extends TProperties>(title: string, description: string, properties: P) => Type.Optional(Type.Array(Type.Object(properties, { additionalProperties: false }), { title, description }));
const text = (title: string, description: string) => Type.Optional(Type.String({ title, description }));
const number = (title: string, description: string) => Type.Optional(Type.Number({ title, description }));
const yes = (title: string, description: string) => Type.Optional(Type.Boolean({ title, description }));

export const Information = Type.Object(
  {
    machine: part('Machine', 'The machine as its maker calls it.', { manufacturer: text('Maker', 'Of the machine.'), model: text('Model', 'Of the machine.'), serial: text('Serial number', 'Of the machine.'), isVirtual: yes('Virtual', 'Whether it is a virtual machine.'), host: text('Runs under', 'Of a virtual machine: what runs it.') }),
    firmware: part('Firmware', 'BIOS or UEFI.', { vendor: text('Maker', 'Of the firmware.'), version: text('Version', 'Of the firmware.'), date: text('Date', 'Of this version.') }),
    board: part('Board', 'The main board.', { manufacturer: text('Maker', 'Of the board.'), model: text('Model', 'Of the board.'), serial: text('Serial number', 'Of the board.') }),
    processor: part('Processor', 'All sockets together.', { manufacturer: text('Maker', 'Of the processor.'), model: text('Model', 'Of the processor.'), cores: number('Cores', 'That programs can use at once.'), physicalCores: number('Real cores', 'Without those that share one.'), sockets: number('Sockets', 'Processors on the board.'), gigahertz: number('GHz', 'At most.') }),
    memory: part('Memory', 'Main memory, and room on the disk for what does not fit.', { totalBytes: number('Total', 'Built in.'), availableBytes: number('Available', 'That programs can still have.'), swapTotalBytes: number('Swap', 'Room on the disk for what does not fit.'), swapUsedBytes: number('Swap in use', 'Of that room.') }),
    operatingSystem: part('Operating system', 'That runs now.', { name: text('Name', 'Of the operating system.'), version: text('Version', 'Of the operating system.'), build: text('Build', 'Of Windows.'), kernel: text('Kernel', 'Its version.'), architecture: text('Architecture', 'Of the kernel.'), hostName: text('Host name', 'As the machine calls itself.'), uefi: yes('UEFI', 'Whether it was started by UEFI.') }),
    disks: list('Disks', 'Each device.', { device: text('Device', 'As the system calls it.'), name: text('Model', 'Of the disk.'), kind: text('Kind', 'HD, SSD, NVMe.'), sizeBytes: number('Size', 'Of the disk.'), serial: text('Serial number', 'Of the disk.'), health: text('Health', 'As the disk says of itself (SMART).') }),
    fileSystems: list('File systems', 'That hold files.', { path: text('At', 'Where it begins.'), kind: text('Kind', 'Of the file system.'), sizeBytes: number('Size', 'In all.'), freeBytes: number('Free', 'That may still be taken.'), usedPercent: number('Full', 'Per cent that is taken.') }),
    interfaces: list('Network', 'Network cards, real and virtual.', { name: text('Name', 'As the system calls it.'), state: text('State', 'up or down.'), address: text('IPv4', 'Its address.'), address6: text('IPv6', 'Its address.'), mac: text('Hardware address', 'Of the card.'), speedMegabits: number('Mbit/s', 'Of the link.') }),
    graphics: list('Graphics', 'Each card.', { vendor: text('Maker', 'Of the card.'), model: text('Model', 'Of the card.'), memoryMegabytes: number('MB', 'Its own memory.') }),
    battery: part('Battery', 'Of a portable machine.', { isThere: yes('Built in', 'Whether there is one.'), isCharging: yes('Charging', 'Whether it is being charged.'), chargePercent: number('Charge', 'Per cent.') }),
    load: part('Load', 'At this moment.', { processorPercent: number('Processor', 'Of all cores.'), average: number('Average', 'Programs that run or wait to, over the last minute.') }),
    clock: part('Clock', 'Of the machine.', { atMs: number('Now', 'Milliseconds since 1970.'), zone: text('Time zone', 'Its name.'), upSeconds: number('Up', 'Since the machine was started.') }),
  },
  { additionalProperties: false },
);
export type Information = Static<typeof Information>;
export type PartName = keyof Information;

type Value = string | number | boolean | null | undefined;

/** Without what is not known. */
function known<Facts extends Record<string, Value>>(facts: Facts): { [name in keyof Facts]?: NonNullable<Facts[name]> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== null && value !== '' && !Number.isNaN(value))) as { [name in keyof Facts]?: NonNullable<Facts[name]> };
}

/** Of which there is none where the library says 0. */
const some = (value: number | null | undefined): number | undefined => value || undefined;

/** How each is gathered; some ask programs of the system. */
export const gatherers: { readonly [name in PartName]-?: (library: Library) => Promise<NonNullable<Information[name]>> } = {
  machine: async (library) => {
    const { manufacturer, model, serial, virtual, virtualHost } = await library.system();
    return known({ manufacturer, model, serial: serial === '-' ? '' : serial, isVirtual: virtual, host: virtualHost });
  },
  firmware: async (library) => {
    const { vendor, version, releaseDate } = await library.bios();
    return known({ vendor, version, date: releaseDate });
  },
  board: async (library) => {
    const { manufacturer, model, serial } = await library.baseboard();
    return known({ manufacturer, model, serial });
  },
  processor: async (library) => {
    const { manufacturer, brand, cores, physicalCores, processors, speedMax } = await library.cpu();
    return known({ manufacturer, model: brand, cores, physicalCores, sockets: processors, gigahertz: some(speedMax) });
  },
  memory: async (library) => {
    const { total, available, swaptotal, swapused } = await library.mem();
    return known({ totalBytes: total, availableBytes: available, swapTotalBytes: swaptotal, swapUsedBytes: swapused });
  },
  operatingSystem: async (library) => {
    const { distro, release, build, kernel, arch, hostname, uefi } = await library.osInfo();
    return known({ name: distro, version: release, build, kernel, architecture: arch, hostName: hostname, uefi });
  },
  disks: async (library) => (await library.diskLayout()).map(({ device, name, type, size, serialNum, smartStatus }) => known({ device, name, kind: type, sizeBytes: size, serial: serialNum, health: smartStatus })),
  fileSystems: async (library) => (await library.fsSize()).map(({ mount, type, size, available, use }) => known({ path: mount, kind: type, sizeBytes: size, freeBytes: available, usedPercent: use })),
  interfaces: async (library) => [await library.networkInterfaces()].flat().map(({ iface, operstate, ip4, ip6, mac, speed }) => known({ name: iface, state: operstate, address: ip4, address6: ip6, mac, speedMegabits: some(speed) })),
  graphics: async (library) => (await library.graphics()).controllers.map(({ vendor, model, vram }) => known({ vendor, model, memoryMegabytes: some(vram) })),
  battery: async (library) => {
    const { hasBattery, isCharging, percent } = await library.battery();
    return hasBattery ? known({ isThere: true, isCharging, chargePercent: percent }) : { isThere: false };
  },
  load: async (library) => {
    const { currentLoad, avgLoad } = await library.currentLoad();
    return known({ processorPercent: Math.round(currentLoad), average: avgLoad });
  },
  clock: async (library) => {
    const { current, timezoneName, uptime } = library.time();
    return known({ atMs: current, zone: timezoneName, upSeconds: Math.round(uptime) });
  },
};
