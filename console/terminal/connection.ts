/**
 * From a profile to a desk at which directives can be given: signed in, with a live socket.
 */
import type { Clock, Random } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';
import type { Desk } from '../client/directives.ts';
import { nodeDial, nodeExchange } from '../client/exchange-node.ts';
import type { NodeAddress } from '../client/exchange-node.ts';
import { Api } from '../client/http.ts';
import { LiveSocket } from '../client/live-socket.ts';
import { MachineWatch, resolveMachine } from '../client/machines.ts';
import { proxyFor } from '../client/proxy-node.ts';
import { signInWithKey, whoAmI } from '../client/sign-in.ts';
import type { Me } from '../client/sign-in.ts';
import { signerFromPem } from '../client/signing.ts';
import { keepToken, keptToken, readProfile } from './profile.ts';
import type { Profile, Settings } from './profile.ts';

export type Tools = { readonly clock: Clock; readonly random: Random };

/** REST only. */
export type SignedInProfile = {
  readonly profile: Profile;
  /** How the intermediary is reached from here. */
  readonly place: NodeAddress;
  readonly api: Api;
  readonly signer: Signer;
  readonly me: Me;
  readonly token: string;
};

export type Connection = SignedInProfile & {
  readonly desk: Desk;
  readonly machines: MachineWatch;
  close(): void;
};

/** Signs in with the profile's key, or with the token kept from the last time. */
export async function signIn(settings: Settings): Promise<Outcome<SignedInProfile>> {
  const profile = readProfile(settings.profilePath);
  if (!profile.ok) return profile;
  const signer = await signerFromPem(profile.value.key, profile.value.keyId);
  if (!signer.ok) return signer;
  const proxy = await proxyFor(profile.value.address);
  if (!proxy.ok) return proxy;
  const place = { ...profile.value, proxy: proxy.value };
  const api = new Api(nodeExchange(place));
  const token = await validToken(api, signer.value, settings.profilePath);
  return token.ok ? success({ profile: profile.value, place, api, signer: signer.value, ...token.value }) : token;
}

async function validToken(api: Api, signer: Signer, profilePath: string): Promise<Outcome<{ token: string; me: Me }>> {
  const kept = keptToken(profilePath, signer.keyId);
  if (kept !== undefined) {
    api.useCredentials({ authorization: `Bearer ${kept}` });
    const me = await whoAmI(api);
    if (me.ok) return success({ token: kept, me: me.value });
    if (me.code !== 'not-signed-in') return me;
  }
  const token = await signInWithKey(api, signer);
  if (!token.ok) return token;
  keepToken(profilePath, signer.keyId, token.value);
  const me = await whoAmI(api);
  return me.ok ? success({ token: token.value, me: me.value }) : me;
}

/** Signs in and opens the live socket; the machines are known when it returns. */
export async function connect(settings: Settings, { clock, random }: Tools): Promise<Outcome<Connection>> {
  const signedIn = await signIn(settings);
  if (!signedIn.ok) return signedIn;
  const { profile, place, signer, me, token } = signedIn.value;
  const live = new LiveSocket({ dial: nodeDial(place, () => token), clock, random });
  const machines = new MachineWatch(live);
  const ready = await Promise.race([machines.ready, firstLoss(live, profile.address)]);
  if (!ready.ok) {
    live.close();
    return ready;
  }
  const desk: Desk = { live, signer, policyVersion: me.policyVersion, clock, random };
  return success({ ...signedIn.value, desk, machines, close: () => live.close() });
}

/** A socket that cannot be opened the first time is an answer; one that is cut later comes back by itself. */
function firstLoss(live: LiveSocket, address: string): Promise<Outcome<void>> {
  return new Promise((resolve) => {
    live.onState((state) => {
      if (state.is === 'reconnecting') resolve(failure('unreachable', `${address}: ${state.reason}`));
      if (state.is === 'closed') resolve(state.because);
    });
  });
}

/** The machine that was typed. */
export function machineNamed(connection: Connection, typed: string): Outcome<Machine> {
  return resolveMachine(connection.machines.all, typed);
}
