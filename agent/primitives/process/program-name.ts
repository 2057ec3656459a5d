/**
 * The name of a program by what Linux tells of its process.
 */

/** The kernel keeps so many bytes of a name (TASK_COMM_LEN without its end). */
const nameBytes = 15;

/** `name` is that of the process (/proc/PID/comm). One that fills its room may have been cut, and Node calls itself after its first thread: then the first word of the command line has it. */
export function programName(name: string, firstWord: string): string {
  const program = firstWord.slice(firstWord.lastIndexOf('/') + 1);
  const isCut = Buffer.byteLength(name) >= nameBytes && program.startsWith(name);
  return isCut || (program !== '' && name === `${program}-MainThread`) ? program : name;
}
