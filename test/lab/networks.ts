/**
 * The networks of the lab, as a table: what each lets through, and by which way the agent must find out.
 */
import type { TransportName } from '../../protocol/transport.ts';
import { ip } from '../support/namespaces.ts';
import type { Need } from '../support/needs.ts';
import { startDante, startSquid, startTinyproxy } from '../support/proxies.ts';
import type { Inspection } from './programs/inspector.ts';
import type { AgentStart, Site } from './site.ts';
import { relay } from './world.ts';
import type { World } from './world.ts';

export type LabNetwork = {
  readonly name: string;
  /** What gets through. In the path's name `GATEWAY` stands for the gateway's address. */
  readonly reaches: { readonly transport: TransportName; readonly path: string };
  /** Addresses in the enrolment string, where they are not those of the root. */
  readonly addresses?: readonly string[];
  /** Gives the network its rules and programs, and says how the agent is started in it. */
  build(site: Site, world: World): Promise<AgentStart> | AgentStart;
};

/** Without one of these the lab is passed over. */
export const labNeeds: readonly Need[] = ['network namespaces', 'nftables', 'squid', 'tinyproxy', 'dante', 'vsftpd (as root)'];

const login = { user: 'site', password: 'pass:word/1' };
const spelled = `${login.user}:${encodeURIComponent(login.password)}`;
const web = 'tcp dport { 80, 443 }';

export const networks: readonly LabNetwork[] = [
  open('NAT gateway that lets nothing in', 'accept'),
  open('only port 443', 'tcp dport 443 accept'),
  open('only port 80', 'tcp dport 80 accept'),
  {
    ...open('IPv6 only', 'meta nfproto ipv6 accept'),
    build(site) {
      ip('-n', site.inside, '-4', 'address', 'flush', 'dev', 'eth0');
      site.letOut('meta nfproto ipv6 accept');
      return {};
    },
  },
  { ...open('names cannot be looked up', 'tcp dport 443 accept'), addresses: ['relay.behest.test:443', `${relay.v4}:443`] },

  proxied('squid, known from the environment', 'http://GATEWAY:3128', async (site) => {
    await startSquid(site.ends, site.atGatewayAddress);
    return { environment: { HTTPS_PROXY: `http://${site.gatewayAddress}:3128` } };
  }),
  proxied('squid with a password, told by --proxy', 'http://GATEWAY:3128', async (site) => {
    await startSquid(site.ends, { ...site.atGatewayAddress, login, scheme: 'digest' });
    return { args: ['--proxy', `http://${spelled}@${site.gatewayAddress}:3128`] };
  }),
  proxied('tinyproxy, known from a PAC file', 'http://GATEWAY:3128', async (site) => {
    await startTinyproxy(site.ends, site.atGatewayAddress);
    await site.atGateway('pac-server.ts', '8081', `PROXY ${site.gatewayAddress}:3128`);
    return { args: ['--pac', `http://${site.gatewayAddress}:8081/proxy.pac`] };
  }),
  proxied('dante (SOCKS), known from the environment', 'socks5://GATEWAY:1080', async (site) => {
    await startDante(site.ends, { ...site.atGatewayAddress, external: 'wan0' });
    return { environment: { ALL_PROXY: `socks5h://${site.gatewayAddress}:1080` } };
  }),
  {
    ...inspected('a proxy that opens TLS', 'ws', { faults: {} }),
    async build(site) {
      await site.atGateway('captive-portal.ts', site.folder, '8080', '8443');
      site.letOut('tcp dport 80 accept', 'tcp dport 443 redirect to :8443');
      await inspect(site, 80, { faults: { letsThrough: ['http'] } });
      site.letOut('drop', 'tcp dport 443 redirect to :8443; tcp dport 80 redirect to :9080');
      return {};
    },
  },
  inspected('no TLS', 'ws', { faults: { letsThrough: ['http', 'raw'] } }),
  inspected('no TLS, and no upgrade', 'http-long-poll', { faults: { letsThrough: ['http'], upgrade: 'refused' } }),
  inspected('no TLS, and answers held until they are whole', 'http-long-poll', { faults: { letsThrough: ['http'], upgrade: 'stripped', buffersAnswers: true } }),
  inspected('no TLS, no upgrade, idle connections cut after 6 s', 'http-long-poll', { faults: { letsThrough: ['http'], upgrade: 'refused', idleMs: 6000 } }),
  inspected('neither TLS nor HTTP', 'tcp', { faults: { letsThrough: ['raw'] } }),
  balanced('a load balancer without upgrade', 'https-long-poll', { upgrade: 'refused' }),
  balanced('a load balancer without upgrade that waits 1 s for an answer', 'https-short-poll', { upgrade: 'refused', answerWithinMs: 1000 }),
  {
    ...open('only FTP', 'tcp dport { 21, 50000-50199 } accept'),
    reaches: { transport: 'ftp', path: 'directly' },
  },
];

function open(name: string, rule: string): LabNetwork {
  return {
    name,
    reaches: { transport: 'wss', path: 'directly' },
    build(site) {
      site.letOut(rule);
      return {};
    },
  };
}

/** Nothing gets out but through a proxy on the gateway. */
function proxied(name: string, path: string, start: (site: Site) => Promise<AgentStart>): LabNetwork {
  return {
    name,
    reaches: { transport: 'wss', path },
    async build(site) {
      site.letOut('drop');
      return start(site);
    },
  };
}

type Looks = Pick<Inspection, 'faults'>;

/** Everything that is for the web goes through a firewall that looks inside; the rest is dropped. */
function inspected(name: string, transport: TransportName, looks: Looks): LabNetwork {
  return {
    name,
    reaches: { transport, path: 'directly' },
    async build(site) {
      await inspect(site, 443, looks);
      site.letOut('drop', `${web} redirect to :9443`);
      return {};
    },
  };
}

/** Before the intermediary stands a load balancer with its certificate, which looks into what comes by TLS. */
function balanced(name: string, transport: TransportName, faults: Inspection['faults']): LabNetwork {
  return {
    name,
    reaches: { transport, path: 'directly' },
    async build(site, world) {
      await site.atGateway('inspector.ts', JSON.stringify({ port: 9443, target: { host: relay.v4, port: 443 }, faults, tls: world.certificates } satisfies Inspection));
      site.letOut('drop', 'tcp dport 443 redirect to :9443');
      return {};
    },
  };
}

function inspect(site: Site, port: number, { faults }: Looks): Promise<void> {
  return site.atGateway('inspector.ts', JSON.stringify({ port: 9000 + port, target: { host: relay.v4, port: 443 }, faults } satisfies Inspection));
}
