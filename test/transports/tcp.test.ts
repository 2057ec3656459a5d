/** Frames over bare TCP. */
import { transportContract } from '../contracts/transport.ts';
import { pairOver } from '../support/agent-port.ts';

transportContract('tcp', pairOver('tcp'));
