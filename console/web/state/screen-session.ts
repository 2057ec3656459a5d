/**
 * A look at a machine's screen: with the consent of who sits there, if that is wanted, then a tunnel to the VNC server of
 * the machine, and what is to be known meanwhile.
 */
import { limits } from '../../../protocol/limits.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../../protocol/live-stream.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import type { TunnelConnection } from '../../../protocol/tunnel/connection.ts';
import { Tunnel } from '../../../protocol/tunnel/tunnel.ts';
import type { ConsoleClient, ReportView, Stop, StreamAddress, TerminalStream } from './client-port.ts';
import { Live } from './live-value.ts';

export type ScreenState =
  | { readonly kind: 'asking' | 'connecting' | 'password' | 'live' | 'lost' | 'refused' }
  | { readonly kind: 'over'; readonly code: string; readonly detail: string };

export type ScreenWish = { readonly agentId: string; readonly port: number; /** Shown to the person, who then decides. */ readonly consentText?: string };

const consentAnswers = ['Allow', 'Refuse'] as const;

export type ScreenClient = Pick<ConsoleClient, 'submit' | 'cancel' | 'watchDirective' | 'attach'>;

export class ScreenSession {
  readonly state = new Live<ScreenState>({ kind: 'connecting' });
  readonly #client: ScreenClient;
  readonly #signer: Signer;
  readonly #stops: Stop[] = [];
  #stream: TerminalStream | undefined;
  /** The directive of a question that has not been answered yet. */
  #asked: string | undefined;
  #over = false;

  constructor(client: ScreenClient, signer: Signer) {
    this.#client = client;
    this.#signer = signer;
  }

  /** Begins; `connected` is given the connection to the VNC server, which stands by then. */
  async open(wish: ScreenWish, connected: (connection: TunnelConnection) => void): Promise<void> {
    if (wish.consentText !== undefined && !(await this.#consented(wish.agentId, wish.consentText))) return;
    this.is({ kind: 'connecting' });
    const streamKeyPair = await makeStreamKeyPair();
    const submitted = await this.#client.submit({ agentIds: [wish.agentId], primitive: 'tunnel.open', params: { host: 'localhost', port: wish.port }, timeoutMs: limits.maxTimeoutMs, streamKey: await streamKeyOf(streamKeyPair) }, this.#signer);
    if (!submitted.ok) return this.end(submitted.code, submitted.detail);
    if (this.#over) return void this.#client.cancel(submitted.value.directiveId, this.#signer);
    const { directiveId } = submitted.value;
    this.#watch(directiveId, ({ code = 'connection-lost', detail = '' }) => this.end(code, detail));
    this.#attach({ directiveId, agentId: wish.agentId, streamKeyPair }, connected);
  }

  is(state: ScreenState): void {
    if (!this.#over) this.state.set(state);
  }

  /** It is over, and why. */
  end(code: string, detail: string): void {
    if (this.#over) return;
    this.is({ kind: 'over', code, detail });
    this.leave();
  }

  /** Ends the tunnel, and takes the question back that nobody has answered. */
  leave(): void {
    this.#over = true;
    if (this.#asked !== undefined) void this.#client.cancel(this.#asked, this.#signer);
    this.#asked = undefined;
    for (const stop of this.#stops.splice(0)) stop();
    this.#stream?.endInput();
  }

  #attach(address: StreamAddress, connected: (connection: TunnelConnection) => void): void {
    let before: ScreenState = { kind: 'connecting' };
    const tunnel: Tunnel = new Tunnel((bytes) => this.#stream?.write(bytes), {
      ready: () => {
        const connection = tunnel.open();
        connection?.listen({
          opened: () => connected(connection),
          data: () => undefined,
          ended: () => this.end('connection-lost', ''),
          drained: () => undefined,
          reset: (code) => this.end(code, ''),
        });
      },
    });
    this.#stream = this.#client.attach(address, {
      output: async (bytes) => void tunnel.receive(bytes),
      missed: () => this.end('output-lost', ''),
      state: (state) => {
        if (state === 'attached') return this.is(before);
        if (this.state.get().kind !== 'lost') before = this.state.get();
        this.is({ kind: 'lost' });
      },
      // the report, on its way, says more
      ended: () => void setTimeout(() => this.end('connection-lost', ''), reportWithinMs),
      failed: ({ code, detail }) => void setTimeout(() => this.end(code, detail), reportWithinMs),
    });
  }

  async #consented(agentId: string, text: string): Promise<boolean> {
    this.is({ kind: 'asking' });
    const params = { title: 'Remote support', text, answers: consentAnswers, waitSeconds: 60 };
    const submitted = await this.#client.submit({ agentIds: [agentId], primitive: 'dialog.ask', params }, this.#signer);
    if (!submitted.ok) {
      this.end(submitted.code, submitted.detail);
      return false;
    }
    this.#asked = submitted.value.directiveId;
    if (this.#over) {
      this.leave();
      return false;
    }
    const report = await new Promise<ReportView>((resolve) => this.#watch(submitted.value.directiveId, resolve));
    this.#asked = undefined;
    if (report.verified && answerOf(report.result) === consentAnswers[0]) return !this.#over;
    if (report.status === 'succeeded') this.end('consent-refused', '');
    else this.end(report.code ?? 'internal', report.detail ?? '');
    return false;
  }

  #watch(directiveId: string, reported: (report: ReportView) => void): void {
    const see = (targets: readonly { readonly report?: ReportView }[]): void => targets.forEach(({ report }) => report !== undefined && reported(report));
    this.#stops.push(this.#client.watchDirective(directiveId, {
      directive: ({ targets }) => see(targets),
      target: (_, target) => see([target]),
      current: () => undefined,
      counts: () => undefined,
      failed: (code, detail) => this.end(code, detail),
    }));
  }
}

const reportWithinMs = 2000;

function answerOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'answer' in result ? result.answer : undefined;
}
