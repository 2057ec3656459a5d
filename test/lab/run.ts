/**
 * `npm run lab`: from the start of the agent to its session, in every network of the lab, and the way it found.
 * BEHEST_WRITE_DOCS=1 writes the table into docs/contact.md.
 */
import { heldAgainst } from '../docs/page.ts';
import { missing } from '../support/needs.ts';
import { labNeeds, networks } from './networks.ts';
import { visit } from './visit.ts';
import { World } from './world.ts';

/** Those whose names have a word of the command line in them; all without one. */
const wanted = networks.filter(({ name }) => process.argv.length < 3 || process.argv.slice(2).some((word) => name.includes(word)));
const absent = labNeeds.filter(missing);
if (absent.length > 0) console.log(`the lab is skipped, since this machine has no ${absent.join(', ')}`);
else await measure();

async function measure(): Promise<void> {
  const world = await World.build();
  const rows = ['| network | reached by | first contact | remembered |', '| --- | --- | --- | --- |'];
  console.log(rows.join('\n'));
  try {
    for (const network of wanted) {
      const { first, remembered } = await visit(world, network);
      const { transport = '', path = '' } = first.status;
      const row = `| ${network.name} | ${transport} ${path} | ${first.afterMs} ms | ${remembered.afterMs} ms |`;
      rows.push(row);
      console.log(row);
    }
  } finally {
    await world.close();
  }
  if (process.env['BEHEST_WRITE_DOCS'] === '1') heldAgainst('contact.md', 'lab', rows.join('\n'));
}
