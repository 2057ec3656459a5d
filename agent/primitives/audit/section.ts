/**
 * One section of an audit: what its rows say, and how they are gathered. What changes by itself (uptime, load, free
 * bytes, lease times) has no place in a row: an audit of a machine that nobody touched is the same each time.
 */
import type { Static, TObject } from 'typebox';
import { Type } from 'typebox';
import type { AuditRow, AuditSection } from '../../../protocol/audit.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';

export type Section<R extends TObject = TObject> = {
  readonly name: AuditSection;
  /** A row: `id` and what is known of it. */
  readonly row: R;
  gather(context: PrimitiveContext): Promise<Outcome<Static<R>[]>>;
};

/** A section as the audit sees it. */
export type AnySection = { readonly name: AuditSection; readonly row: TObject; gather(context: PrimitiveContext): Promise<Outcome<AuditRow[]>> };

export const id = (description: string) => Type.String({ title: 'Name', description });
export const words = (title: string, description: string) => Type.String({ title, description });
export const count = (title: string, description: string) => Type.Integer({ title, description });
export const flag = (title: string, description: string) => Type.Boolean({ title, description });

export function defineSection<R extends TObject>(section: Section<R>): Section<R> {
  return section;
}
