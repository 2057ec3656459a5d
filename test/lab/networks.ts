/**
 * The networks of the lab, as a table: what each lets through, and by which way the agent must find out.
 */
import type { TransportName } from '../../protocol/transport.ts';
import type { Need } from '../support/needs.ts';
import { ip } from '../support/namespaces.ts';
import type { AgentStart, Site } from './site.ts';
import { relay } from './world.ts';

export type LabNetwork = {
  readonly name: string;
  /** The transport that gets through, and the beginning of the path's name. */
  readonly reaches: { readonly transport: TransportName; readonly path: string };
  /** Addresses in the enrolment string, where they are not those of the root. */
  readonly addresses?: readonly string[];
  /** Gives the network its rules and programs, and says how the agent is started in it. */
  build(site: Site): Promise<AgentStart> | AgentStart;
};

/** Without one of these the lab is passed over. */
export const labNeeds: readonly Need[] = ['network namespaces', 'nftables'];

const directly = 'directly';

export const networks: readonly LabNetwork[] = [
  {
    name: 'NAT gateway that lets nothing in',
    reaches: { transport: 'wss', path: directly },
    build: (site) => rules(site, 'accept'),
  },
  {
    name: 'only port 443',
    reaches: { transport: 'wss', path: directly },
    build: (site) => rules(site, 'tcp dport 443 accept'),
  },
  {
    name: 'only port 80',
    reaches: { transport: 'wss', path: directly },
    build: (site) => rules(site, 'tcp dport 80 accept'),
  },
  {
    name: 'IPv6 only',
    reaches: { transport: 'wss', path: directly },
    build(site) {
      ip('-n', site.inside, '-4', 'address', 'flush', 'dev', 'eth0');
      return rules(site, 'meta nfproto ipv6 accept');
    },
  },
  {
    name: 'names cannot be looked up',
    reaches: { transport: 'wss', path: directly },
    addresses: ['relay.behest.test:443', `${relay.v4}:443`],
    build: (site) => rules(site, 'tcp dport 443 accept'),
  },
];

function rules(site: Site, rule: string): AgentStart {
  site.letOut(rule);
  return {};
}
