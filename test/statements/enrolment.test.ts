import test from 'ava';
import { base64Url, utf8 } from '../../protocol/bytes.ts';
import { decodeEnrolment, encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import type { Enrolment } from '../../protocol/statements/enrolment.ts';

const enrolment: Enrolment = {
  addresses: ['relay.example:8443'],
  key: base64Url(new Uint8Array(32).fill(1)),
  rootDigest: 'ab'.repeat(32),
  site: 'Zürich',
  enrolmentId: 'cd'.repeat(16),
  secret: base64Url(new Uint8Array(32).fill(2)),
  notAfter: 2000,
  uses: 1,
  authority: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
};

test('an enrolment survives its written form, also with a line feed from copying', (t) => {
  const { authority: _, ...publicOne } = enrolment;
  for (const each of [enrolment, publicOne]) t.deepEqual(decodeEnrolment(`${encodeEnrolment(each)}\n`, 2000), { ok: true, value: each });
  t.regex(encodeEnrolment(enrolment), /^behest1\.[A-Za-z0-9_-]+$/);
});

test('past its time it says so', (t) => {
  t.like(decodeEnrolment(encodeEnrolment(enrolment), 2001), { ok: false, code: 'enrolment-expired' });
});

test('whatever else it is, it is refused as malformed', (t) => {
  const whole = encodeEnrolment(enrolment);
  const made = (value: object): string => `behest1.${base64Url(utf8(JSON.stringify(value)))}`;
  const wrong = ['', 'behest1.', whole.slice(1), whole.slice(0, -1), `${whole}A`, whole.replace('.', ' '), `behest2${whole.slice(7)}`, made({ ...enrolment, extra: 1 }), made({ ...enrolment, uses: 0 }), made({ ...enrolment, secret: 'AAAA' }), made({ ...enrolment, addresses: [] }), made({}), `behest1.${'A'.repeat(20_000)}`];
  for (const text of wrong) t.like(decodeEnrolment(text, 1000), { ok: false, code: 'enrolment-malformed' }, text.slice(0, 40));
});
