/**
 * The one catalogue of error codes. A code names one thing that went wrong, is never used again for another,
 * and stands with the same words in docs/errors.md (a test compares them).
 */

type Entry = {
  /** What happened, as a sentence a technician understands. */
  readonly meaning: string;
  /** Whether the same request can succeed later without anybody changing it. */
  readonly retryable: boolean;
  /** What the person should do now. */
  readonly advice: string;
};

const again = true;
const final = false;

function entry(retryable: boolean, meaning: string, advice: string): Entry {
  return Object.freeze({ meaning, retryable, advice });
}

export const errorCatalogue = Object.freeze({
  // --- transport and channel -----------------------------------------------------------------------------------
  'unreachable': entry(again, 'The other side could not be reached.', 'Check the address and the network; the agent keeps trying by itself.'),
  'timed-out': entry(again, 'No answer came within the time allowed.', 'Try again; if it stays, look at the other side’s log.'),
  'connection-lost': entry(again, 'The connection was cut.', 'Nothing is needed: it is made again and work goes on where it was.'),
  'frame-too-large': entry(final, 'A frame was larger than the protocol allows.', 'Update the older side; if both are current, something on the way alters the data.'),
  'exchange-mismatch': entry(again, 'The two sides of a poll disagree about what was said last.', 'Nothing is needed: the channel starts afresh by itself. If it stays, something on the way repeats or alters requests.'),
  'overrun': entry(again, 'More arrived than could be taken.', 'Try again more slowly.'),
  'certificate-refused': entry(final, 'The certificate of the intermediary is not one that is trusted here.', 'A proxy opens the traffic, or the address is wrong. Do not go on before you know which.'),
  'proxy-refused': entry(again, 'A proxy did not let the connection through.', 'The detail gives its reason. Ask whoever runs the proxy to allow the intermediary’s address.'),
  'proxy-credentials': entry(final, 'A proxy demands a name and password, or others than it was given.', 'Give them in its address, http://name:password@host:port: to behest-agent with --proxy, to behest in HTTPS_PROXY.'),
  'pac-unusable': entry(again, 'A proxy auto-configuration file could not be used.', 'Nothing is needed while another way is found; else tell whoever keeps the file what the detail says.'),
  'handshake-malformed': entry(final, 'A handshake message could not be read.', 'Update the older side; a scanner may also have called.'),
  'handshake-refused': entry(final, 'The other side does not hold the expected key.', 'Check that the enrolment string belongs to this intermediary.'),
  'level-unsupported': entry(final, 'The two sides have no protocol level in common.', 'Update the older side.'),
  'key-unknown': entry(final, 'The intermediary does not know this key.', 'If the intermediary was restored from a backup: behest resync --all. Else enrol the machine again.'),
  'key-retired': entry(final, 'This key was used already: a copy of this machine, or an old state of it, is calling.', 'Find out which copy is the real one and remove the other; then an owner lets the real one back: behest resync AGENT.'),
  'identity-refused': entry(final, 'The machine could not prove its identity key, or no machine of this identity is enrolled.', 'Enrol the machine again.'),
  'quarantined': entry(final, 'The machine is quarantined because two copies of it have called.', 'Find and remove the copy; then an owner lets the real one back: behest resync AGENT.'),
  'enrolment-expired': entry(final, 'The enrolment string is past its time.', 'Make a new one: behest enrol-token.'),
  'enrolment-used-up': entry(final, 'The enrolment string has been used as often as it may.', 'Make a new one: behest enrol-token.'),
  'enrolment-malformed': entry(final, 'This is not an enrolment string.', 'Copy it whole: it begins with behest1. and has no spaces.'),
  'already-enrolled': entry(final, 'This data folder belongs to a machine that is enrolled already.', 'Give no enrolment string (--enrol-file, --enrol, BEHEST_ENROL), or choose another folder with --data.'),
  'not-enrolled': entry(final, 'This machine is not enrolled yet.', 'Run it once with --enrol-file and a string from behest enrol-token.'),
  'record-unauthentic': entry(final, 'A record did not open with the session key.', 'The path alters the data. The connection is made again by itself.'),
  'channel-exhausted': entry(again, 'So many records were sent under one key that it must change.', 'Nothing is needed: the session goes on under a new key.'),
  'rate-limited': entry(again, 'Too many attempts in a short time.', 'Wait a minute.'),

  'no-network': entry(again, 'The machine has no network.', 'Connect it; the agent calls at once when it is back.'),
  'network-metered': entry(again, 'The network is metered or roaming, and what is not urgent waits for another.', 'Nothing is needed; an urgent wake-up connects, and the contact settings can allow it.'),

  // --- session -------------------------------------------------------------------------------------------------
  'message-malformed': entry(final, 'A message did not have the form its kind demands.', 'Update the older side.'),
  'message-out-of-order': entry(final, 'A message number was skipped.', 'The session starts afresh by itself.'),
  'stream-unknown': entry(final, 'A message named a stream that is not open.', 'Nothing is needed: it was closed meanwhile.'),
  'credit-exceeded': entry(final, 'More was sent on a stream than the reader had asked for.', 'Update the other side.'),
  'too-many-streams': entry(again, 'Too many streams are open.', 'Close some, or wait until they end.'),
  'session-lost': entry(final, 'The session ended and could not be taken up again.', 'Open it again; directives are not affected.'),

  // --- statements ----------------------------------------------------------------------------------------------
  'statement-too-large': entry(final, 'The signed statement is larger than allowed.', 'Send large data as a file.'),
  'statement-malformed': entry(final, 'The signed statement is not in the one form that is accepted.', 'Use the console or the behest command to make it.'),
  'statement-type-unknown': entry(final, 'A statement of this type is not accepted here.', 'Update the older side.'),
  'signer-unknown': entry(final, 'The key that signed is not in the policy.', 'Ask an owner to add the key, or sign in again to make a new one.'),
  'signer-expired': entry(final, 'The key that signed is past its time.', 'Sign in and let an owner renew the key.'),
  'signature-invalid': entry(final, 'The signature does not belong to these bytes.', 'Do not try again: something altered the directive on its way.'),
  'not-addressed': entry(final, 'What was signed is not addressed to this machine.', 'Choose the machine and send again.'),
  'level-mismatch': entry(final, 'The directive was made for another protocol level.', 'Update the console or the agent.'),
  'nonce-stale': entry(again, 'The directive was made for an earlier session of the machine.', 'Send it again; the console does so by itself with the present session.'),
  'expired': entry(final, 'The directive is past its time.', 'Send a new one.'),
  'issued-in-future': entry(final, 'The directive claims to come from the future.', 'Check the clocks of the machine and of the person who signed.'),
  'life-too-long': entry(final, 'The directive would stay valid for longer than allowed.', 'Choose an earlier end, 30 days at most.'),
  'clock-unsure': entry(final, 'The clock of the machine went back, so it cannot judge whether the directive is still valid.', 'Set the machine’s clock, or send an interactive directive.'),
  'policy-unknown': entry(final, 'The directive was made under a policy that the machine has not seen yet.', 'Send it again in a moment: the policy is on its way.'),
  'policy-outdated': entry(final, 'The policy offered is older than the one in force.', 'Do not go on before you know who offers it.'),
  'policy-refused': entry(final, 'The policy is not signed by enough owners.', 'Let the owners sign it.'),
  'resync-refused': entry(final, 'The resync is not signed by enough owners, or does not name this copy of the machine.', 'Look at the copies with behest resync AGENT, and let the owners sign for the right one.'),
  'root-refused': entry(final, 'The root is not signed as the one before it demands.', 'Let the owners sign it.'),
  'settings-outdated': entry(final, 'The settings offered are older than those that the machine holds.', 'Look at what is in force and set it again.'),
  'primitive-unknown': entry(final, 'The machine has no primitive of this name.', 'See behest primitives for what there is.'),
  'out-of-scope': entry(final, 'The signer may not reach this machine.', 'Ask an owner for the site or the machine.'),
  'primitive-denied': entry(final, 'The signer may not use this primitive.', 'Ask an owner for the right.'),
  'risk-denied': entry(final, 'The risk of this primitive is above what the signer’s roles allow.', 'Ask an owner, or a colleague who may.'),
  'key-kind-denied': entry(final, 'The kind of key that signed may not do something of this risk.', 'Use the behest command on your own machine, or a security key.'),
  'procedure-invalid': entry(final, 'The procedure does not make sense as it is written.', 'Correct what the detail names.'),
  'procedure-endless': entry(final, 'The procedure went in circles for longer than allowed.', 'Give its loop an end.'),
  'params-invalid': entry(final, 'The parameters do not fit the schema of the primitive.', 'Correct them; behest primitives NAME shows the schema.'),
  'schedule-invalid': entry(final, 'The schedule cannot be read as a cron expression, or has no firing.', 'Write five fields, such as "0 3 * * mon": minute, hour, day of the month, month, day of the week.'),
  'too-many-targets': entry(final, 'The directive names more machines than the signer may reach at once.', 'Choose fewer machines.'),
  'approvals-missing': entry(final, 'Not enough different people have signed.', 'Ask a colleague to approve it.'),
  'replayed': entry(final, 'A directive with this id was accepted already.', 'Nothing is needed: it was not started again.'),
  'ledger-full': entry(again, 'The machine remembers as many directives as it can and will not forget one early.', 'Wait until older ones lapse.'),
  'stream-unsupported': entry(final, 'This primitive has no live stream.', 'Send the directive without one.'),
  'stream-required': entry(final, 'This primitive works only with a live stream.', 'Use the command or the page that is made for it.'),

  // --- execution -----------------------------------------------------------------------------------------------
  'exit-nonzero': entry(final, 'The program ran and said that it failed.', 'Read its output.'),
  'killed-by-signal': entry(final, 'The program was ended by a signal.', 'Read its output; somebody or the system ended it.'),
  'not-found': entry(final, 'The file or program does not exist.', 'Check the path on that machine.'),
  'not-permitted': entry(final, 'The operating system does not permit this.', 'Check the rights of the agent and of the file.'),
  'not-a-file': entry(final, 'The path is not an ordinary file that can be run.', 'Check the path on that machine.'),
  'not-on-this-platform': entry(final, 'This does not exist on the operating system of the machine.', 'Use what the platform has.'),
  'not-a-directory': entry(final, 'The path is not a directory.', 'Check the path on that machine.'),
  'already-exists': entry(final, 'There is something of this name already.', 'Choose another name, or say that it may be replaced.'),
  'not-empty': entry(final, 'The directory is not empty.', 'Say that everything in it may go, or empty it first.'),
  'busy': entry(again, 'It is in use by a program and cannot be changed now.', 'Close the program, or have it done at the next start of the machine.'),
  'path-too-long': entry(final, 'The path, or a name in it, is longer than the file system allows.', 'Choose shorter names.'),
  'outside-root': entry(final, 'The path leaves the directory that was given, by a link or by its own dots.', 'Say that links may be followed, or choose another directory.'),
  'changed-meanwhile': entry(again, 'The thing changed while it was being read or written.', 'Begin again.'),
  'digest-mismatch': entry(final, 'What arrived is not what was sent, by its digest; nothing was replaced.', 'Send it again; if it stays, something on the way alters data.'),
  'disk-error': entry(final, 'The disk, or what stands in its place, gave an error.', 'Look at the system log of that machine; the disk may be failing.'),
  'tool-missing': entry(final, 'The program that is needed for this is not installed on the machine.', 'Install what the detail names, or use another way.'),
  'not-supported': entry(final, 'The system, or this part of it, cannot do that.', 'The detail says what is lacking.'),
  'tunnel-denied': entry(final, 'The signer may not reach this address from the machine.', 'Ask an owner for a role with a tunnel rule for it: behest policy show lists the rules.'),
  'connection-refused': entry(final, 'Nothing accepts connections at that address and port.', 'Check the port, and whether the service runs.'),
  'no-session': entry(final, 'Nobody is signed in to a screen of that machine.', 'Try again when somebody is, or use shell.execute.'),
  'tool-failed': entry(final, 'A program of the system that was asked to do this said that it failed.', 'The detail is what it said.'),
  'no-terminal': entry(final, 'A terminal could not be opened on the machine.', 'Use shell.execute; look at the agent’s log.'),
  'time-limit': entry(final, 'The time limit ran out and everything that was started has been ended.', 'Allow more time, or look why it hangs.'),
  'cancelled': entry(final, 'It was cancelled.', 'Nothing is needed.'),
  'interrupted': entry(final, 'The agent stopped while this was running; whether it took effect is not known.', 'Look at the machine before you send it again.'),
  'output-lost': entry(final, 'The program ended, and not all of its output came through.', 'What came is in order up to the gap. Where all of it counts, let the program write to a file there and fetch that.'),
  'primitive-crashed': entry(final, 'The primitive itself broke.', 'Report it with the detail given.'),
  'overloaded': entry(again, 'The machine has as many directives waiting as it takes.', 'Wait until some are done.'),
  'disk-full': entry(again, 'There is no room left on the disk.', 'Make room; what was accepted is safe.'),

  // --- intermediary and console --------------------------------------------------------------------------------
  'request-malformed': entry(final, 'The request does not have the form that is described in the API.', 'See /api/docs.'),
  'not-signed-in': entry(final, 'You are not signed in, or your sign-in has ended.', 'Sign in again.'),
  'sign-in-refused': entry(final, 'Name and password do not belong together, or the key is not known.', 'Try again; after several attempts wait a minute.'),
  'forbidden': entry(final, 'You may not do this.', 'Ask an owner for the right.'),
  'origin-refused': entry(final, 'The request came from another site.', 'Open the console at its own address.'),
  'no-such-page': entry(final, 'There is nothing at this address.', 'Go back to the machines.'),
  'no-such-machine': entry(final, 'No machine of this name or id is known to you.', 'See behest agents.'),
  'ambiguous-machine': entry(final, 'Several machines have this name.', 'Use the id.'),
  'no-such-directive': entry(final, 'No directive of this id is known to you.', 'See behest directives.'),
  'invitation-invalid': entry(final, 'This sign-in link was used already or is past its time.', 'Make a new one: behest invite, or start npm start again.'),
  'name-taken': entry(final, 'Somebody has this name already.', 'Choose another.'),
  'password-weak': entry(final, 'The password is too short or too common.', 'Use at least 10 characters.'),
  'conflict': entry(again, 'Somebody changed the same thing meanwhile.', 'Look at it again and repeat.'),
  'not-confirmed': entry(again, 'Machines have not confirmed that they know the new address.', 'Wait until they have been on line, or leave them behind with --leave-behind.'),
  'no-profile': entry(final, 'No profile was found: this command does not know its intermediary.', 'Start npm start here, or name one with --profile or --data.'),
  'usage': entry(final, 'The command was not understood.', 'See --help.'),
  'port-in-use': entry(final, 'Another program listens on this port.', 'End it, or choose another with --port.'),
  'data-unwritable': entry(final, 'The data folder cannot be written.', 'Choose another with --data, or correct its rights.'),
  'data-locked': entry(final, 'Another process uses this data folder.', 'End it first, or choose another with --data.'),
  'store-damaged': entry(final, 'The database is damaged.', 'Restore it from a backup; the damaged file was left as it is.'),
  'store-too-new': entry(final, 'The database was made by a newer version of the program.', 'Update the program, or go back to the data folder of this version; the file was left as it is.'),
  'store-unavailable': entry(again, 'The database does not answer.', 'Nothing was accepted that is not safe. It goes on by itself.'),
  'secrets-key-lost': entry(final, 'The key that opens the stored secrets of the machines is lost, or is another one.', 'Put the file secrets-key back from where it was kept. If it is gone: start once with --forget-secrets, then behest resync --all.'),
  'certificate-damaged': entry(final, 'The certificate authority of this intermediary cannot be read.', 'Restore ca.pem and ca-key.pem from a backup; with new ones every agent would have to be enrolled again.'),
  'log-altered': entry(final, 'The audit log does not fit together: an entry was changed, removed or put in.', 'Keep a copy, and find out who had access.'),
  'stopping': entry(again, 'The program is just stopping.', 'Try again in a moment.'),
  'internal': entry(final, 'Something broke that should not.', 'Report it with the detail given.'),
} satisfies Record<string, Entry>);

export type ErrorCode = keyof typeof errorCatalogue;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCatalogue, value);
}
