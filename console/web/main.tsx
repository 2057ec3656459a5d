/**
 * The browser console: what a technician sees. This is its composition root.
 */
