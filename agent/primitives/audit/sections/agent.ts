/** The agent itself: its version, and the Node that runs it. */
import { Type } from 'typebox';
import about from '../../../../package.json' with { type: 'json' };
import { success } from '../../../../protocol/outcome.ts';
import { defineSection, id, words } from '../section.ts';

export const agent = defineSection({
  name: 'agent',
  row: Type.Object({ id: id('The part.'), version: words('Version', 'Its version.') }),
  gather: async () => success([{ id: 'agent', version: about.version }, { id: 'node', version: process.versions.node }]),
});
