/**
 * The lab: networks that let only some things through, built out of namespaces, and the real programs in them.
 *
 *   inside (the agent) ── gateway (rules, proxies) ── outside (the intermediary)
 *   10.93.N.2   10.93.N.1         10.92.N.1   10.92.N.2, 10.91.0.2
 *
 * This file: the outside, one for all networks of a run: the installation, its intermediary and its address.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { signFirstRoot } from '../../console/terminal/owner/first-statements.ts';
import { DataFolder } from '../../console/terminal/quick-start/data-folder.ts';
import { foundInstallation } from '../../console/terminal/quick-start/found.ts';
import { writePrivately } from '../../console/terminal/profile.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { decodeEnrolment, encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import { readRoot } from '../../protocol/statements/read.ts';
import { projectRoot } from '../architecture/sources.ts';
import { sharedFolder, vsftpdCommand } from '../support/ftp-server.ts';
import { take } from '../support/house.ts';
import { addAddress, addNamespace, Ends, setRules, startWithin, within } from '../support/namespaces.ts';

/** Where the intermediary is, on the loopback of the outside: every gateway routes to it. */
export const relay = { v4: '10.91.0.2', v6: 'fd91::2' } as const;
const port = 443;
const rootAddresses = [`${relay.v4}:443`, `${relay.v4}:80`, `[${relay.v6}]:443`, `ftp://${relay.v4}:21`];

export class World {
  readonly ends = new Ends();
  readonly outside: string;
  /** Data of the installation, and of everything else in the lab. */
  readonly folder: string;
  #sites = 0;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'behest-lab-'));
    this.ends.teardown(() => rmSync(this.folder, { recursive: true, force: true }));
    this.outside = addNamespace(this.ends, 'out');
  }

  /** Builds the outside and waits until the intermediary answers. */
  static async build(): Promise<World> {
    const world = new World();
    try {
      await world.#open();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.ends.close();
  }

  /** Certificate and key of the intermediary, for a load balancer of the operator's own. */
  get certificates(): string {
    return join(this.folder, 'intermediary', 'tls');
  }

  /** Runs `behest ARGS…` beside the intermediary. */
  behest(...args: readonly string[]): string {
    return within(this.outside, process.execPath, join(projectRoot, 'console/terminal/main.ts'), '--data', this.folder, ...args);
  }

  /** A string for one more machine; `addresses` in the place of those that the root says. */
  async enrolment(addresses?: readonly string[]): Promise<string> {
    const made = this.behest('enrol-token').trim();
    if (addresses === undefined) return made;
    return encodeEnrolment({ ...take(decodeEnrolment(made, Math.floor(Date.now() / 1000))), addresses: [...addresses] });
  }

  /** The number of the next network. */
  nextSite(): number {
    this.#sites += 1;
    return this.#sites;
  }

  async #open(): Promise<void> {
    addAddress(this.outside, 'lo', `${relay.v4}/32`);
    addAddress(this.outside, 'lo', `${relay.v6}/128`);
    // an operator's port forwarding: the one port is reached as 80 too, where only that is let out
    setRules(this.outside, `table inet lab {
      chain in { type nat hook prerouting priority -100
        tcp dport 80 redirect to :${port}
      }
    }`);
    await this.#found();
    const ftpFolder = await sharedFolder(this.ends);
    startWithin(this.ends, this.outside, vsftpdCommand(ftpFolder, { host: relay.v4, port: 21 }));
    const owned = (file: string): string => join(this.folder, 'owner', file);
    const args = ['run', '--data', join(this.folder, 'intermediary'), '--port', String(port), '--name', relay.v4, '--name', relay.v6, '--host', '::', '--ftp-folder', ftpFolder, '--root', owned('root.json'), '--policy', owned('policy.json'), '--json', '--exit-with-parent'];
    const { stdout } = startWithin(this.ends, this.outside, [process.execPath, join(projectRoot, 'intermediary/main.ts'), ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
    if (stdout === null) throw new Error('the intermediary has no output');
    await once(createInterface({ input: stdout }), 'line', { signal: AbortSignal.timeout(30_000) });
  }

  /** Founded as by the quick start, but for the addresses in the root, which are those of the lab. */
  async #found(): Promise<void> {
    const folder = take(DataFolder.claim(this.folder));
    const { owner } = take(await foundInstallation(folder, { port, host: relay.v4 }, { clock: systemClock, random: systemRandom }));
    const path = folder.at('owner', 'root.json');
    const { key } = take(readRoot(take(fromJson(readFileSync(path, 'utf8'))).payload)).intermediary;
    writePrivately(path, toJson(await signFirstRoot(owner, { key, addresses: [...rootAddresses] }, systemClock)));
    folder.release();
  }
}
