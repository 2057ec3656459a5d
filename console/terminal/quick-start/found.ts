/**
 * Founding an installation: the intermediary's keys, the owner's key, the first signed root and policy, my own profile.
 * Each step finds what an earlier start has made and leaves it.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/schema';
import type { Envelope } from '../../../protocol/envelope.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { toJson } from '../../../protocol/statements/envelope-json.ts';
import type { Person } from '../../../protocol/statements/policy.ts';
import type { Tools } from '../connection.ts';
import { firstPolicy, newPerson, policyKey, signFirstRoot, signPolicy } from '../owner/first-statements.ts';
import { hasOwnerKey, makeKey, makeOwner, readOwner } from '../owner/owner-key.ts';
import type { KeyFile, Owner } from '../owner/owner-key.ts';
import { readProfile, writePrivately, writeProfile } from '../profile.ts';
import type { Profile } from '../profile.ts';
import type { DataFolder } from './data-folder.ts';
import { askProgram } from './programs.ts';

/** What `behest-intermediary init` says: its public static key, its authority, where it will be. */
const Terms = Type.Object({ key: Type.String(), authority: Type.String(), addresses: Type.Array(Type.String(), { minItems: 1 }) });
const termsForm = Compile(Terms);

export type Installation = { readonly owner: Owner; readonly profile: Profile };

/** Where the intermediary will listen, and the name by which other machines reach it, if they shall. */
export type Place = { readonly port: number; readonly host?: string | undefined };

/** Makes what is missing. */
export async function foundInstallation(folder: DataFolder, place: Place, tools: Tools): Promise<Outcome<Installation>> {
  const owner = hasOwnerKey(folder.path) ? await readOwner(folder.path) : await makeOwner(folder.path);
  if (!owner.ok) return owner;
  if (folder.has('profile.json')) {
    const profile = readProfile(folder.at('profile.json'));
    return profile.ok ? success({ owner: owner.value, profile: profile.value }) : profile;
  }
  const said = await askProgram('intermediary', ['init', '--data', folder.at('intermediary'), ...placeArguments(place)]);
  if (!said.ok) return said;
  if (!termsForm.Check(said.value)) return failure('internal', 'behest-intermediary init said something unexpected');
  const { key, authority, addresses } = said.value;
  writeEnvelope(folder, 'root.json', await signFirstRoot(owner.value, { key, addresses }, tools.clock));
  const me = await makeKey();
  const person = newPerson('owner', policyKey(me.publicKey, 'cli', tools.clock), tools.random);
  writeEnvelope(folder, 'policy.json', await signPolicy(owner.value, firstPolicy([person], tools.clock)));
  const profile = profileOf({ port: place.port, authority, person, me });
  writePrivately(folder.at('authority.pem'), authority);
  writeProfile(folder.at('profile.json'), profile);
  return success({ owner: owner.value, profile });
}

/** The same for `init` and `run`: the certificate names them. */
export function placeArguments({ port, host }: Place): string[] {
  return ['--port', String(port), ...(host === undefined ? [] : ['--name', host])];
}

function profileOf({ port, authority, person, me }: { port: number; authority: string; person: Person; me: KeyFile }): Profile {
  return { address: `https://localhost:${port}`, authority, personId: person.id, name: person.name, keyId: me.publicKey.id, key: me.pem };
}

/** The owner's own copies; the intermediary is started with them. */
function writeEnvelope(folder: DataFolder, name: 'root.json' | 'policy.json', envelope: Envelope): void {
  writePrivately(folder.at('owner', name), toJson(envelope));
}
