/** How much harm a procedure can do, and what an approval of it is bound to. */
import { hex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto.ts';
import { riskWithin } from '../primitive.ts';
import type { Risk } from '../primitive.ts';
import { primitivesOf } from './steps.ts';
import type { Procedure } from './procedure.ts';

/** That of the most dangerous primitive it may call; what nobody knows counts as the worst. */
export function riskOf(procedure: Procedure, riskOfPrimitive: (name: string) => Risk | undefined): Risk {
  const risks = primitivesOf(procedure).map((name) => riskOfPrimitive(name) ?? 'destroy');
  return risks.reduce<Risk>((highest, risk) => (riskWithin(risk, highest) ? highest : risk), 'read');
}

/** SHA-256 in hex of the procedure, whatever the order in which its fields were written. Parameters that are given at a run are no part of it. */
export async function digestOf(procedure: Procedure): Promise<string> {
  return hex(await sha256(utf8(JSON.stringify(inOrder(procedure)))));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, part]) => [key, inOrder(part)]));
}
