import RFB from '@novnc/novnc';
import type { TunnelConnection } from '../../../protocol/tunnel/connection.ts';
import { ChannelSocket } from './channel-socket.ts';

export type RemoteScreenEvents = {
  /** The screen is there. */
  connected(): void;
  passwordWanted(): void;
  /** The server did not take the password, or wants something else. */
  refused(reason: string): void;
  broken(code: string): void;
  /** The machine's clipboard has changed. */
  clipboard(text: string): void;
};

/** The screen of a machine: noVNC over one connection of a tunnel. */
export class RemoteScreen {
  readonly #rfb: RFB;
  readonly #place: HTMLElement;
  #disconnected = false;

  constructor(place: HTMLElement, connection: TunnelConnection, on: RemoteScreenEvents) {
    const rfb = new RFB(place, new ChannelSocket(connection, on.broken), { shared: true });
    rfb.background = 'transparent';
    rfb.scaleViewport = true;
    rfb.addEventListener('connect', () => {
      on.connected();
      rfb.focus();
    });
    rfb.addEventListener('disconnect', () => (this.#disconnected = true));
    rfb.addEventListener('credentialsrequired', on.passwordWanted);
    rfb.addEventListener('securityfailure', (event) => on.refused(detailOf(event, 'reason')));
    rfb.addEventListener('clipboard', (event) => on.clipboard(detailOf(event, 'text')));
    this.#rfb = rfb;
    this.#place = place;
    place.addEventListener('keydown', keepKey);
  }

  set viewOnly(is: boolean) {
    this.#rfb.viewOnly = is;
  }

  /** Fitted to its place; otherwise in its own size, to be scrolled. */
  set scaled(is: boolean) {
    this.#rfb.scaleViewport = is;
  }

  givePassword(password: string): void {
    this.#rfb.sendCredentials({ password });
  }

  sendCtrlAltDel(): void {
    this.#rfb.sendCtrlAltDel();
    this.#rfb.focus();
  }

  /** Gives text to the machine's clipboard. */
  paste(text: string): void {
    this.#rfb.clipboardPasteFrom(text);
    this.#rfb.focus();
  }

  close(): void {
    this.#place.removeEventListener('keydown', keepKey);
    if (!this.#disconnected) this.#rfb.disconnect();
  }
}

/** What is typed at a screen is for it, or for nobody: never for the page around it. */
function keepKey(event: KeyboardEvent): void {
  event.stopPropagation();
}

function detailOf(event: Event, name: string): string {
  const detail: unknown = event instanceof CustomEvent ? event.detail : undefined;
  const value: unknown = typeof detail === 'object' && detail !== null ? Reflect.get(detail, name) : undefined;
  return typeof value === 'string' ? value : '';
}
