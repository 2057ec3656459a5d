/** The time zone of this machine, an IANA name, asked each time: somebody may travel with it. Node looks for it once, and anew when TZ is touched. */
export function machineZone(): string {
  if (process.env['TZ'] === undefined) delete process.env['TZ'];
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
