/** Resyncs: which refused copies of a machine have called, and handing in what owners signed. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Envelope } from '../../protocol/envelope.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { anyAnswer, answerReader } from './http.ts';
import type { Api } from './http.ts';

const Copy = Type.Object({ copy: Type.String(), shown: Type.String(), remoteAddress: Type.String(), firstAtMs: Type.Number(), lastAtMs: Type.Number() });
/** By the intermediary's word; what the copy itself shows is at the machine: behest-agent status. */
export type RefusedCopy = Static<typeof Copy>;

const readCopies = answerReader(Type.Array(Copy));

/** Newest first. */
export function refusedCopies(api: Api, agentId: string): Promise<Outcome<RefusedCopy[]>> {
  return api.get(`/api/machines/${agentId}/copies`, readCopies);
}

export function putResync(api: Api, envelope: Envelope): Promise<Outcome<void>> {
  return api.put('/api/resync', toJson(envelope), anyAnswer);
}
