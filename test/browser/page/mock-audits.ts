import type { AuditRow, AuditState } from '../../../protocol/audit.ts';
import type { Audit } from '../../../console/client/audits.ts';
import { id32 } from './mock-data.ts';

const day = 86_400_000;

/** Audits of made-up machines, all the same: what was installed and ran out, and one more for each that is asked for. */
export class MockAudits {
  readonly #rows = new Map<string, readonly AuditRow[]>();
  readonly #list: Audit[];

  constructor(packages: number, now: number) {
    const software = Array.from({ length: packages }, (_, index): AuditRow => ({ id: `apt package-${index} amd64`, version: `1.${index % 40}.${index % 7}`, maker: `Maker ${index % 90}`, sizeBytes: (index + 1) * 4096 }));
    this.#rows.set('software-2', software);
    this.#rows.set('software-1', [{ id: 'apt gone amd64', version: '0.9', maker: 'Maker 1', sizeBytes: 4096 }, ...software.slice(1).map((row, index) => (index === 0 ? { ...row, version: '0.1' } : row))]);
    this.#rows.set('hardware', [{ id: 'board', maker: 'Supermicro', model: 'X13SAE', serial: 'ZM239S' }, { id: 'memory 1', maker: 'Kingston', sizeBytes: 17_179_869_184 }]);
    this.#rows.set('users', [{ id: 'ines', number: 1000, fullName: 'Inês', home: '/home/ines', shell: '/bin/bash', groups: 'sudo' }]);
    this.#rows.set('printers', []);
    this.#rows.set('certificates', [
      { id: '/etc/nginx/shop.pem', subject: 'CN=shop.acme.example', issuer: 'CN=R11', notAfter: new Date(now + 12.5 * day).toISOString(), fingerprint: 'ab'.repeat(32) },
      { id: '/etc/postfix/mail.pem', subject: 'CN=mail.acme.example', issuer: 'CN=R11', notAfter: new Date(now + 200 * day).toISOString(), fingerprint: 'cd'.repeat(32) },
      { id: '/etc/ssl/old.pem', subject: 'CN=old.acme.example', issuer: 'CN=R3', notAfter: new Date(now - 3.5 * day).toISOString(), fingerprint: 'ef'.repeat(32) },
    ]);
    this.#list = [audit(1, now - day, 'software-2'), audit(2, now - 8 * day, 'software-1'), audit(3, now - 15 * day, 'software-1')];
  }

  get list(): readonly Audit[] {
    return this.#list;
  }

  rows(digest: string): readonly AuditRow[] {
    return this.#rows.get(digest) ?? [];
  }

  add(directiveId: string, atMs: number): void {
    const [last] = this.#list;
    if (last !== undefined) this.#list.unshift({ ...last, directiveId, atMs });
  }
}

function audit(number: number, atMs: number, software: string): Audit {
  const sections: AuditState = { hardware: 'hardware', software, printers: 'printers', users: 'users', certificates: 'certificates' };
  return { directiveId: id32(30_000 + number), atMs, digest: `state-${software}`, sections };
}
