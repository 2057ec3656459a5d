/**
 * `behest invite`: another one-time sign-in link. It stays until the link is used, since the owner must sign the key
 * that the page then makes, and only whoever made the link can tell a true request from a false one.
 */
import { Command } from 'commander';
import { invitationLink, makeInvitation } from '../../../protocol/invitation.ts';
import { success } from '../../../protocol/outcome.ts';
import { registerInvitation } from '../../client/invitations.ts';
import type { Connection } from '../connection.ts';
import { answerRequests } from '../owner/key-requests.ts';
import { readOwner } from '../owner/owner-key.ts';
import { plain } from '../text/plain.ts';
import { writeMoment } from '../text/durations.ts';
import { conclude, exitCodes, settingsOf, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

export function inviteCommand(toolkit: Toolkit): Command {
  return new Command('invite')
    .description('make a one-time sign-in link and sign the key of whoever uses it')
    .option('--json', 'print the link as JSON')
    .addHelpText('after', '\nNeeds the owner key in the data folder. Waits until the link is used or past its time; Ctrl-C takes nothing back.')
    .action((options: { json?: boolean }, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => invite(toolkit, connection, settingsOf(toolkit, command).dataFolder, options))));
}

async function invite(toolkit: Toolkit, connection: Connection, dataFolder: string, options: { json?: boolean }): Promise<CommandEnd> {
  const { io, clock, random } = toolkit;
  const owner = await readOwner(dataFolder);
  if (!owner.ok) return owner;
  const invitation = makeInvitation(random);
  const registered = await registerInvitation(connection.api, invitation, clock);
  if (!registered.ok) return registered;
  const signInUrl = invitationLink(connection.profile.address, invitation);
  const notAfterMs = registered.value.notAfter * 1000;
  if (options.json === true) io.json({ signInUrl, notAfterMs });
  else io.line(signInUrl);
  io.note(`It can be used once, until ${writeMoment(notAfterMs)}. Waiting to sign the key of whoever opens it …`);
  const end = Promise.withResolvers<CommandEnd>();
  const timer = clock.after(notAfterMs - clock.now(), () => end.resolve({ ok: false, code: 'invitation-invalid', detail: 'the link was not used in time' }));
  const stop = answerRequests({ api: connection.api, live: connection.desk.live, owner: owner.value, clock }, [invitation], {
    signed: ({ name, policyVersion }) => {
      io.note(`${plain(name)} is in policy ${policyVersion} and can sign in now.`);
      end.resolve(success(exitCodes.done));
    },
    refused: ({ code, detail }) => io.note(`error[${code}]: ${plain(detail)}`),
  });
  const ended = await end.promise;
  timer.cancel();
  stop();
  return ended;
}
