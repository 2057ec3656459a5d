/**
 * An apt with a root of its own and one source, a folder of packages: APT_CONFIG and DPKG_ADMINDIR lead everything there, so
 * the machine stays as it is.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = ['etc/apt/preferences.d', 'etc/apt/apt.conf.d', 'etc/apt/trusted.gpg.d', 'var/lib/dpkg/updates', 'var/lib/dpkg/info', 'var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/log/apt', 'packages'];

export class AptRoot {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Programs that are started from now on use it. */
  static async make(): Promise<AptRoot> {
    const path = await mkdtemp(join(tmpdir(), 'behest-apt-'));
    for (const folder of folders) mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, 'var/lib/dpkg/status'), '');
    writeFileSync(join(path, 'etc/apt/sources.list'), `deb [trusted=yes] file:${path}/packages ./\n`);
    const settings = [`Dir "${path}";`, `Dir::State::status "${path}/var/lib/dpkg/status";`, `DPkg::Options { "--root=${path}"; "--force-not-root"; };`, 'APT::Sandbox::User "root";', 'APT::Architecture "amd64";', 'Acquire::Languages "none";'];
    writeFileSync(join(path, 'apt.conf'), settings.join('\n'));
    process.env['APT_CONFIG'] = join(path, 'apt.conf');
    process.env['DPKG_ADMINDIR'] = join(path, 'var/lib/dpkg');
    return new AptRoot(path);
  }

  /** Builds the tiny package `behest-tiny` in this version, which is the only one that the source has from now on. */
  offer(version: string): void {
    const source = join(this.path, 'source');
    mkdirSync(join(source, 'DEBIAN'), { recursive: true });
    writeFileSync(join(source, 'DEBIAN/control'), `Package: behest-tiny\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: tiny\n`);
    const file = join(this.path, 'packages/behest-tiny.deb');
    execFileSync('dpkg-deb', ['--root-owner-group', '-b', source, file], { stdio: 'ignore' });
    const size = execFileSync('stat', ['-c', '%s', file]).toString().trim();
    const digest = execFileSync('sha256sum', [file]).toString().split(' ')[0] ?? '';
    const control = execFileSync('dpkg-deb', ['-f', file]).toString();
    writeFileSync(join(this.path, 'packages/Packages'), `${control}Filename: ./behest-tiny.deb\nSize: ${size}\nSHA256: ${digest}\n\n`);
  }

  async remove(): Promise<void> {
    delete process.env['APT_CONFIG'];
    delete process.env['DPKG_ADMINDIR'];
    await rm(this.path, { recursive: true, force: true });
  }
}
