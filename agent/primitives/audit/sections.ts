/** The sections there are; one module each. */
import type { AnySection } from './section.ts';
import { agent } from './sections/agent.ts';
import { certificates } from './sections/certificates.ts';
import { disks } from './sections/disks.ts';
import { hardware } from './sections/hardware.ts';
import { network } from './sections/network.ts';
import { printers } from './sections/printers.ts';
import { services } from './sections/services.ts';
import { software } from './sections/software.ts';
import { system } from './sections/system.ts';
import { users } from './sections/users.ts';

export const sections: readonly AnySection[] = [agent, hardware, system, software, printers, disks, network, users, services, certificates];
