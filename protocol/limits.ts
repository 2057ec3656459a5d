/**
 * Every bound of the system with its unit. A bound exists because someone hostile or unlucky can reach it: the comment
 * says what breaks without it.
 */
import { serviceLimits } from './limits/service.ts';
import { wireLimits } from './limits/wire.ts';
import { workLimits } from './limits/work.ts';

export const limits = Object.freeze({ ...wireLimits, ...workLimits, ...serviceLimits });
