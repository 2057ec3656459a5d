/**
 * The envelope, seen from the statements it holds.
 */
export { Envelope } from '../envelope.ts';
