/** `behest` on a desk behind a proxy: the real command, the real intermediary, and squid between them. */
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { DataFolder } from '../../console/terminal/quick-start/data-folder.ts';
import { foundInstallation, placeArguments } from '../../console/terminal/quick-start/found.ts';
import { choosePort } from '../../console/terminal/quick-start/port.ts';
import { startProgram } from '../../console/terminal/quick-start/programs.ts';
import { readProfile } from '../../console/terminal/profile.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { behest, eventually } from '../support/behest.ts';
import { take } from '../support/house.ts';
import { has } from '../support/needs.ts';
import { startSquid } from '../support/proxies.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Only the proxy knows it, so nothing comes by any other way. */
const host = 'relay.behest.test';

test.serial('behest goes through the proxy of its environment, and says which when that refuses it', async (t) => {
  if (!has(t, 'squid')) return;
  const folder = take(DataFolder.claim(await temporaryFolder(t)));
  t.teardown(() => folder.release());
  const place = { port: take(await choosePort(0, undefined)), host };
  take(await foundInstallation(folder, place, { clock: systemClock, random: systemRandom }));
  const profilePath = folder.at('profile.json');
  writeFileSync(profilePath, JSON.stringify({ ...take(readProfile(profilePath)), address: `https://${host}:${place.port}` }));
  const signed = ['--root', folder.at('owner', 'root.json'), '--policy', folder.at('owner', 'policy.json')];
  const intermediary = startProgram('intermediary', ['run', '--data', folder.at('intermediary'), ...placeArguments(place), ...signed, '--json', '--exit-with-parent'], () => {});
  t.teardown(() => intermediary.stop());
  take(await intermediary.ready);
  const squid = await startSquid(t, { login: { user: 'jana', password: 'secret77' }, names: [host] });

  const listed = await behest(folder.path, ['agents', '--json'], undefined, { HTTPS_PROXY: `http://jana:secret77@${squid.address}` });
  t.deepEqual([listed.code, listed.stdout.toString().trim()], [0, '[]'], listed.stderr);
  await eventually(() => squid.log().includes(`CONNECT ${host}:${place.port}`));
  const refused = await behest(folder.path, ['agents'], undefined, { HTTPS_PROXY: `http://jana:other77@${squid.address}` });
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[proxy-credentials\]: .*https:\/\/relay\.behest\.test:\d+ through http:\/\/127\.0\.0\.1:\d+/);
  t.notRegex(refused.stderr, /jana|other77/);
});
