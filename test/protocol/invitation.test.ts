import test from 'ava';
import { systemRandom } from '../../protocol/clock.ts';
import { accessDigest, invitationAccess, invitationLink, invitationProof, makeInvitation, provesInvitation, readInvitation } from '../../protocol/invitation.ts';

test('a link is read back as it was made, whole or in part', (t) => {
  const invitation = makeInvitation(systemRandom);
  const link = invitationLink('https://localhost:8443/', invitation);
  t.true(link.startsWith(`https://localhost:8443/#/welcome/${invitation.id}.`));
  t.deepEqual(readInvitation(link), { ok: true, value: invitation });
  t.deepEqual(readInvitation(link.slice(link.indexOf('welcome/') + 8)), { ok: true, value: invitation });
});

test('a link that lost its end, or has more than it should, is refused', (t) => {
  const link = invitationLink('https://localhost', makeInvitation(systemRandom));
  for (const broken of [link.slice(0, -1), `${link}.x`, 'https://localhost/#/welcome/', '', 'x.y']) {
    const read = readInvitation(broken);
    t.false(read.ok);
    if (!read.ok) t.is(read.code, 'invitation-invalid');
  }
});

test('the proof holds for this name, key and link only', async (t) => {
  const { secret } = makeInvitation(systemRandom);
  const publicKey = systemRandom(32);
  const proof = await invitationProof(secret, 'Jana', publicKey);
  t.true(await provesInvitation(secret, { name: 'Jana', publicKey, proof }));
  t.false(await provesInvitation(secret, { name: 'Omar', publicKey, proof }));
  t.false(await provesInvitation(secret, { name: 'Jana', publicKey: systemRandom(32), proof }));
  t.false(await provesInvitation(systemRandom(32), { name: 'Jana', publicKey, proof }));
});

test('what the intermediary is shown tells nothing that makes a proof', async (t) => {
  const { secret } = makeInvitation(systemRandom);
  const access = await invitationAccess(secret);
  t.is(access.byteLength, 32);
  t.regex(await accessDigest(access), /^[0-9a-f]{64}$/);
  const publicKey = systemRandom(32);
  t.false(await provesInvitation(access, { name: 'Jana', publicKey, proof: await invitationProof(secret, 'Jana', publicKey) }));
});
