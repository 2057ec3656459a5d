/** The enrolment string with which a real agent comes to a relay, at whatever address the test has for it. */
import { base64Url, hex } from '../../protocol/bytes.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { rootType } from '../../protocol/statements/root.ts';
import { owner } from './relay.ts';
import type { Relay } from './relay.ts';

export async function enrolmentFor(relay: Relay, address: string): Promise<string> {
  const rootDigest = hex(await payloadDigest(await signStatement(rootType, relay.root, [owner])));
  return encodeEnrolment({
    addresses: [address],
    key: relay.root.intermediary.key,
    rootDigest,
    site: 'home',
    enrolmentId: 'e'.repeat(32),
    secret: base64Url(await relay.enrolment()),
    notAfter: Math.floor(Date.now() / 1000) + 600,
    uses: 1,
    authority: relay.authority,
  });
}
