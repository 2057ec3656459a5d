/** Certificates in the places where servers keep theirs, with the day they end. The authorities that come with the system are packages, and stand there. */
import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { defineSection, id, words } from '../section.ts';

const places = ['/etc/letsencrypt/live', '/etc/ssl', '/etc/pki/tls/certs', '/etc/nginx', '/etc/apache2', '/etc/httpd', '/etc/postfix', '/etc/dovecot', '/etc/haproxy', '/etc/openvpn', '/etc/ipsec.d', '/etc/cups/ssl'];
/** Bundles of the system's authorities, and keys. */
const leftOut = /^\/etc\/ssl\/certs\/|^\/etc\/pki\/tls\/certs\/ca-bundle|^\/etc\/ssl\/private\/|\.key$|privkey/;
const maxFiles = 500;
const maxDepth = 4;
const maxBytes = 256 * 1024;

export const certificates = defineSection({
  name: 'certificates',
  row: Type.Object({ id: id('File, and place within it.'), subject: words('Subject', 'Whom it names.'), issuer: words('Issuer', 'Who issued it.'), notAfter: words('Ends', 'Last moment at which it is valid, UTC.'), fingerprint: words('Fingerprint', 'SHA-256.') }),
  gather: async () => {
    const files: string[] = [];
    for (const place of places) await collect(place, files, maxDepth);
    const found: Awaited<ReturnType<typeof certificatesIn>> = [];
    // one after the other: each is held whole
    for (const file of files) found.push(...(await certificatesIn(file)));
    return success(found);
  },
});

async function collect(folder: string, files: string[], depth: number): Promise<void> {
  const entries = await opendir(folder).catch(() => undefined);
  if (entries === undefined) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (files.length >= maxFiles) return;
    if (entry.isDirectory() && depth > 0) await collect(path, files, depth - 1);
    else if (/\.(pem|crt|cer)$/.test(entry.name) && !leftOut.test(path)) files.push(path);
  }
}

/** One file that cannot be read or is none is left out: the others still tell. */
async function certificatesIn(path: string) {
  const text = await beginning(path).catch(() => '');
  return readCertificates(text).map((certificate, place) => ({ id: place === 0 ? path : `${path} ${place}`, ...certificate }));
}

async function beginning(path: string): Promise<string> {
  // a pipe would have us wait for somebody to write
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) return '';
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

export function readCertificates(text: string) {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].flatMap(([pem]) => {
    try {
      const read = new X509Certificate(pem);
      return [{ subject: oneLine(read.subject), issuer: oneLine(read.issuer), notAfter: new Date(read.validTo).toISOString(), fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase() }];
    } catch {
      // not a certificate, whatever its frame says
      return [];
    }
  });
}

function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ').slice(0, 500);
}
