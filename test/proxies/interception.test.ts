import test from 'ava';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { secure } from '../../transports/secure.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';
import { eventually } from '../support/behest.ts';
import { take } from '../support/house.ts';
import { startInterceptor } from '../support/proxies.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { never, pathThrough } from './counterparts.ts';

test('a proxy that breaks TLS is noticed before anything is said, and its issuer is named', async (t) => {
  const proxy = await startInterceptor(t);
  const { authority } = take(await ensureServerCertificate(await temporaryFolder(t), ['localhost'], systemClock));
  const path = pathThrough(`http://${proxy.address}`);
  for (const trusted of [authority, undefined]) {
    const refused = await dialWebSocket({ address: 'wss://localhost:8443/agent', path, authority: trusted, clock: systemClock });
    t.like(refused, { ok: false, code: 'certificate-refused' });
    t.regex(refused.ok ? '' : refused.detail, /the certificate shown was issued by CN=Behest authority [0-9a-f]{8}$/);
  }
  t.is(proxy.heard(), '');
  // it would have heard us, had we trusted it: so its silence proves something
  const trusting = take(await secure(take(await path.connect({ host: 'localhost', port: 8443 }, never())), { host: 'localhost', authority: proxy.authority(), signal: never() }));
  trusting.write('heard');
  await eventually(() => proxy.heard() === 'heard');
  trusting.destroy();
});
