/**
 * What bounds are written in: bytes and milliseconds.
 */

export const kibi = 1024;
export const mebi = 1024 * kibi;
export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
