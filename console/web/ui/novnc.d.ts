/** The part of noVNC (docs/API.md of the package) that is used here; it brings no types. */
declare module '@novnc/novnc' {
  /** What noVNC asks of a channel in place of a WebSocket. */
  export type RawChannel = {
    binaryType: string;
    protocol: string;
    readyState: number;
    onopen: (() => void) | null;
    onmessage: ((event: { readonly data: ArrayBuffer }) => void) | null;
    onclose: ((event: object) => void) | null;
    onerror: ((event: object) => void) | null;
    send(bytes: Uint8Array): void;
    close(): void;
  };

  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: RawChannel, options?: { readonly shared?: boolean });
    viewOnly: boolean;
    scaleViewport: boolean;
    focusOnClick: boolean;
    background: string;
    focus(): void;
    disconnect(): void;
    sendCredentials(credentials: { readonly password: string }): void;
    sendCtrlAltDel(): void;
    clipboardPasteFrom(text: string): void;
  }
}
