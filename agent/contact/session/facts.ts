/**
 * What the machine says of itself at each check-in, from what Node knows anyway: no library, no child process.
 */
import { readFileSync } from 'node:fs';
import { arch, hostname, networkInterfaces, platform, release, type, uptime, version } from 'node:os';
import type { Clock } from '../../../protocol/clock.ts';
import type { MachineFacts } from '../../../protocol/messages/agent.ts';

const maxAddresses = 64;

export function gatherFacts(clock: Clock, agentVersion: string): MachineFacts {
  return {
    hostname: hostname().slice(0, 255),
    platform: platform(),
    architecture: arch(),
    osName: osName().slice(0, 200),
    agentVersion,
    bootedAtMs: Math.max(0, Math.round(clock.now() - uptime() * 1000)),
    addresses: addresses(),
  };
}

function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = all.filter((entry) => !entry.internal).map((entry) => entry.address.slice(0, 64));
  return [...new Set(outside)].slice(0, maxAddresses);
}

/** os-release(5) where there is one; the edition on Windows, such as `Windows 11 Pro`. */
function osName(): string {
  if (platform() === 'win32') return `${version()} ${release()}`;
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    if (name !== undefined) return name;
  } catch {
    // not a Linux distribution
  }
  return `${type()} ${release()}`;
}
