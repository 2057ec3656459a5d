/** The path that other tests use instead of a network keeps the same promises as a real one. */
import { transportContract } from '../contracts/transport.ts';
import { memoryTransports } from '../support/memory-transport.ts';

transportContract('memory', () => Promise.resolve(memoryTransports()));
