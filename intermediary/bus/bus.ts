/**
 * The bus: news of what has changed, from whoever changed it to whoever shows or acts on it. Everything consoles see live
 * goes over it, so that one node's console can watch another node's machine. News may be lost (it is only news): the
 * store is the truth.
 */
import type { ContactScope } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { DirectiveTarget, KeyRequest } from '../../protocol/messages/live.ts';
import type { StoredDirective } from '../store/directive-pages.ts';
import type { OutputPiece } from '../store/outputs.ts';

/** Subjects and what each carries. */
export type News = {
  /** A machine enrolled, came, went, checked in or was quarantined. */
  'machine-changed': { readonly agentId: string };
  /** A copy of a machine has called whose key is not the live one. */
  'machine-forked': { readonly agentId: string };
  /** Owners have said which copy is the real one. */
  'machine-resynced': { readonly agentId: string };
  'directive-added': { readonly directive: StoredDirective };
  'target-changed': { readonly directiveId: string; readonly target: DirectiveTarget };
  /** Something waits for these machines, whether or not they are there; urgent where somebody waits for them. */
  'machines-wanted': { readonly agentIds: readonly string[]; readonly isUrgent: boolean };
  /** Of a directive with many machines: some of them. */
  'counts-changed': { readonly directiveId: string };
  'output-kept': { readonly directiveId: string; readonly agentId: string; readonly piece: OutputPiece };
  'key-requested': { readonly request: KeyRequest };
  'root-changed': { readonly version: number };
  'policy-changed': { readonly version: number };
  'contact-changed': { readonly scope: ContactScope; readonly version: number; readonly envelope: Envelope };
  /** By sign-out; `digest` names the sign-in (hex). */
  'sign-in-ended': { readonly digest: string };
};

export type Subject = keyof News;

export type Bus = {
  publish<S extends Subject>(subject: S, news: News[S]): void;
  /** Gives the way to stop. A handler must not throw. */
  subscribe<S extends Subject>(subject: S, handler: (news: News[S]) => void): () => void;
};
