/**
 * The form of what the agent tells technicians of itself.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

const text = (title: string, description: string) => Type.String({ title, description });
const optionalText = (title: string, description: string) => Type.Optional(Type.String({ title, description }));
const whole = (title: string, description: string) => Type.Integer({ title, description });

export const OwnStatus = Type.Object(
  {
    agentId: text('Agent', 'Id of the machine: the digest of its key.'),
    version: text('Version', 'Version of the agent.'),
    site: text('Site', 'Site that the machine was enrolled for.'),
    state: text('State', 'connecting, connected, polling or waiting.'),
    sinceAtMs: whole('Since', 'When it came into this state, milliseconds since 1970.'),
    transport: optionalText('Transport', 'Protocol over which the intermediary is reached now.'),
    path: optionalText('Path', 'directly, or through which proxy.'),
    address: optionalText('Address', 'Of the intermediary, as it is reached now.'),
    rootVersion: whole('Root', 'Version of the owners’ root that it has pinned.'),
    policyVersion: whole('Policy', 'Version of the policy that it keeps to.'),
    processId: whole('Process', 'Number of its process.'),
    startedAtMs: whole('Started', 'When it was started, milliseconds since 1970.'),
    memoryBytes: whole('Memory', 'Bytes of memory that it occupies, workers included.'),
    cpuSeconds: Type.Number({ title: 'Processor time', description: 'Seconds of one core since it was started.' }),
    runs: whole('Under way', 'Directives that run or wait for their turn, this one included.'),
    wakeUpsReceived: whole('Wake-ups received', 'Since it was started.'),
    wakeUpsMissed: whole('Wake-ups missed', 'Since it was started.'),
    wakeUpsRefused: whole('Wake-ups refused', 'Since it was started.'),
    failedAttempts: Type.Array(
      Type.Object(
        {
          atMs: whole('When', 'Milliseconds since 1970.'),
          transport: text('Transport', 'Protocol that was tried.'),
          path: text('Path', 'directly, or through which proxy.'),
          address: text('Address', 'Of the intermediary.'),
          code: text('Code', 'What went wrong.'),
          detail: text('Detail', 'In words.'),
        },
        { additionalProperties: false },
      ),
      { title: 'Tried in vain', description: 'Ways to the intermediary that did not work, newest first.' },
    ),
  },
  { additionalProperties: false },
);
export type OwnStatus = Static<typeof OwnStatus>;

export const OwnSettings = Type.Object(
  {
    mode: text('Mode', 'connected: one long session; polling: a contact every so often.'),
    intervalSeconds: whole('Interval', 'From one contact to the next when polling.'),
    retries: whole('Retries', 'Attempts after a failed one before the pauses grow.'),
    spacingSeconds: whole('Spacing', 'Between these attempts.'),
    order: Type.Array(Type.String(), { title: 'Transports', description: 'That are tried, best first.' }),
    upgradeSeconds: whole('Better way', 'How often a better way is looked for.'),
    metered: text('Metered network', 'What is done where the network costs by the byte: wait or connect.'),
    networkIsMetered: text('Is it metered?', 'What the agent was told at its start: yes, no, or auto, which asks the system.'),
    proxy: optionalText('Proxy', 'That was given at its start, without name and password.'),
    pac: optionalText('Proxy file', 'Address of the proxy auto-configuration file that was given at its start.'),
    dataFolder: text('Data folder', 'Where its keys, journal and log are.'),
    logLevel: text('Log level', 'What is logged.'),
  },
  { additionalProperties: false },
);
export type OwnSettings = Static<typeof OwnSettings>;
