/**
 * A machine that has only what a test puts there.
 */
import type { Surroundings } from '../../agent/contact/proxies/finding.ts';
import { failure, success } from '../../protocol/outcome.ts';

export type Pretended = {
  readonly platform?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Output by command line. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly addresses?: Readonly<Record<string, string>>;
  /** Texts by web address. */
  readonly web?: Readonly<Record<string, string>>;
};

export function pretend({ platform = 'linux', environment = {}, files = {}, programs = {}, addresses = {}, web = {} }: Pretended): Surroundings & { /** Names and web addresses that were asked for. */ readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    platform,
    environment,
    readText: async (path) => files[path],
    listFiles: async (folder) => Object.keys(files).filter((path) => path.startsWith(`${folder}/`)),
    run: async (program, args) => programs[[program, ...args].join(' ')],
    lookup: async (name) => {
      asked.push(name);
      return addresses[name];
    },
    fetchText: async (url) => {
      asked.push(url);
      const text = web[url];
      return text === undefined ? failure('pac-unusable', 'not there') : success(text);
    },
    ownAddress: () => '10.1.2.3',
  };
}
