/**
 * A network of the test's own, made of namespaces: a machine behind a masquerading gateway that lets nothing in, and a server.
 *
 *   inside 10.91.1.2 ── 10.91.1.1 gateway 10.91.2.1 ── 10.91.2.2 outside
 */
import { addCable, addNamespace, ip, setRules, within } from './namespaces.ts';
import type { Owner } from './owner.ts';

export type Network = {
  readonly inside: string;
  readonly outside: string;
  /** Where the inside reaches the outside. */
  readonly outsideAddress: string;
  readonly insideAddress: string;
};

/** Builds it; it is taken down with its owner, the test. */
export function buildNetwork(owner: Owner): Network {
  const [inside, gateway, outside] = [addNamespace(owner, 'in'), addNamespace(owner, 'gw'), addNamespace(owner, 'out')];
  for (const [namespace, prefix] of [[inside, '10.91.1'], [outside, '10.91.2']] as const) {
    const [near, far] = [`n${prefix.slice(-1)}-${process.pid}`, `f${prefix.slice(-1)}-${process.pid}`];
    addCable({ namespace, device: near, addresses: [`${prefix}.2/24`] }, { namespace: gateway, device: far, addresses: [`${prefix}.1/24`] });
  }
  ip('-n', inside, 'route', 'add', 'default', 'via', '10.91.1.1');
  within(gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // The outside has no route back to the inside: only what the gateway masquerades returns.
  setRules(gateway, `
    table ip behest {
      chain nat { type nat hook postrouting priority 100
        ip saddr 10.91.1.0/24 masquerade
      }
      chain forward { type filter hook forward priority 0; policy drop
        ip saddr 10.91.1.0/24 accept
        ct state established,related accept
      }
    }`);
  return { inside, outside, outsideAddress: '10.91.2.2', insideAddress: '10.91.1.2' };
}
