/** The bus of a single node: handlers are called at once, in order of subscription. */
import { EventEmitter } from 'node:events';
import type { Bus } from './bus.ts';

export function inProcessBus(): Bus {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    publish: (subject, news) => void emitter.emit(subject, news),
    subscribe(subject, handler) {
      emitter.on(subject, handler);
      return () => void emitter.off(subject, handler);
    },
  };
}
