/**
 * The part of node-pty that is used. Its own declarations speak of the package under another name, and of strings where
 * `encoding: null` gives bytes.
 */
declare module 'node-pty' {
  export type IPty = {
    readonly pid: number;
    onData(listener: (bytes: Uint8Array) => void): void;
    onExit(listener: (end: { exitCode: number; signal?: number }) => void): void;
    resize(columns: number, rows: number): void;
    pause(): void;
    resume(): void;
    /** The library's `write` tells nobody when there is room again; its socket does. */
    readonly _socket: { write(bytes: Uint8Array, written: () => void): boolean };
  };
  export type Options = { name: string; cols: number; rows: number; cwd: string; env: NodeJS.ProcessEnv; encoding: null };
  export function spawn(file: string, args: string[], options: Options): IPty;
}
