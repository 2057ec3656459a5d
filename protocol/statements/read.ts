/**
 * Readers for each statement: verified payload bytes to a checked value. Nothing here looks at signatures.
 */
import { formOf } from '../form.ts';
import type { Outcome } from '../outcome.ts';
import { ContactStatement } from './contact.ts';
import { Cancel, Directive } from './directive.ts';
import { Policy } from './policy.ts';
import { Report } from './report.ts';
import { Resync } from './resync.ts';
import { Root } from './root.ts';
import { readStatement } from './strict-json.ts';

const root = formOf(Root);
const policy = formOf(Policy);
const directive = formOf(Directive);
const cancel = formOf(Cancel);
const report = formOf(Report);
const resync = formOf(Resync);
const contact = formOf(ContactStatement);

export function readRoot(payload: Uint8Array): Outcome<Root> {
  return readStatement(root, payload, { floats: 'refused' });
}

export function readPolicy(payload: Uint8Array): Outcome<Policy> {
  return readStatement(policy, payload, { floats: 'refused' });
}

export function readDirective(payload: Uint8Array): Outcome<Directive> {
  return readStatement(directive, payload, { floats: 'refused' });
}

export function readCancel(payload: Uint8Array): Outcome<Cancel> {
  return readStatement(cancel, payload, { floats: 'refused' });
}

export function readReport(payload: Uint8Array): Outcome<Report> {
  return readStatement(report, payload, { floats: 'allowed' });
}

export function readResync(payload: Uint8Array): Outcome<Resync> {
  return readStatement(resync, payload, { floats: 'refused' });
}

export function readContact(payload: Uint8Array): Outcome<ContactStatement> {
  return readStatement(contact, payload, { floats: 'refused' });
}
