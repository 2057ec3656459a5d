/**
 * One visit to one network: built, the agent started in it twice (new, and with what it remembers), taken down.
 */
import { Site } from './site.ts';
import type { Contact } from './site.ts';
import type { LabNetwork } from './networks.ts';
import type { World } from './world.ts';

export type Visit = {
  readonly first: Contact;
  readonly remembered: Contact;
  /** What a signed directive printed there. */
  readonly answer: string;
  /** Sockets that listened on the machine. */
  readonly listening: string;
};

export async function visit(world: World, network: LabNetwork): Promise<Visit> {
  const site = new Site(world);
  try {
    const start = await network.build(site, world);
    const { transport } = network.reaches;
    const first = await site.contact(start, { addresses: network.addresses, transport });
    const answer = site.run('echo "here is $(hostname -I)"');
    const listening = site.listening();
    await site.stopAgent();
    const remembered = await site.contact(start, { transport });
    return { first, remembered, answer, listening };
  } finally {
    await site.close();
  }
}
