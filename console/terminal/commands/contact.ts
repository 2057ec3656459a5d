/**
 * `behest contact`: when and how machines call; what is in force and from where, and changing it with my signature.
 */
import { Command, Option } from 'commander';
import { ContactSettings } from '../../../protocol/contact-settings.ts';
import type { ContactScope } from '../../../protocol/contact-settings.ts';
import { success } from '../../../protocol/outcome.ts';
import { changeContact, contactLayers, settingsInForce, spreadOf } from '../../client/contact.ts';
import type { SettingInForce } from '../../client/contact.ts';
import { reachedWords, scopeWords, settingText, settingWords } from '../../client/contact-words.ts';
import type { Connection } from '../connection.ts';
import { overridesFrom, scopeFrom } from '../contact-options.ts';
import type { ScopeOptions, SettingOptions } from '../contact-options.ts';
import { plain } from '../text/plain.ts';
import { ago, writeMoment } from '../text/durations.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { waitForMachines } from '../wait-for-machines.ts';

/** So long machines that are on line may take to say that they hold new settings. */
const confirmWithinMs = 5000;
/** Longest wait for machines that poll to call; they take it all the same when nobody waits any more. */
const pollWithinMs = 90_000;

export function contactCommand(toolkit: Toolkit): Command {
  return new Command('contact').description('see and set when and how machines call').addCommand(showCommand(toolkit)).addCommand(setCommand(toolkit));
}

function scoped(command: Command): Command {
  return command
    .argument('[agent]', 'name or id of the machine (see behest agents)')
    .addOption(new Option('--site <name>', 'all machines of a site, also those that join later').conflicts('everywhere'))
    .option('--everywhere', 'all machines');
}

function showCommand(toolkit: Toolkit): Command {
  return scoped(new Command('show'))
    .description('print the settings in force, and where each comes from')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nThe nearest wins, setting by setting: machine, then site, then everywhere, then the default.\n\nExamples:\n  $ behest contact show rec-02\n  $ behest contact show --site Reception')
    .action((agent: string | undefined, options: ScopeOptions & { json?: boolean }, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => show(toolkit, connection, { ...options, agent }))));
}

function setCommand(toolkit: Toolkit): Command {
  return scoped(new Command('set'))
    .description('set them for a machine, a site or everywhere; settings that are not named stay as they are')
    .addOption(new Option('--mode <mode>', settingWords.mode.help).choices(ContactSettings.properties.mode.enum))
    .option('--interval <duration>', settingWords.intervalSeconds.help)
    .option('--retries <count>', settingWords.retries.help)
    .option('--spacing <duration>', settingWords.spacingSeconds.help)
    .option('--order <names>', `${settingWords.order.help} With commas between them: ${ContactSettings.properties.order.items.enum.join(',')}`)
    .option('--upgrade <duration>', settingWords.upgradeSeconds.help)
    .addOption(new Option('--metered <rule>', settingWords.metered.help).choices(ContactSettings.properties.metered.enum))
    .option('--clear', 'forget what is set here before setting what is named; the farther scope counts again')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nExamples:\n  $ behest contact set rec-02 --mode polling --interval 60s\n  $ behest contact set --site Reception --order wss,https-long-poll --metered wait\n  $ behest contact set --everywhere --retries 5 --spacing 10s\n  $ behest contact set rec-02 --clear\n\nNeeds the right agent.settings. Waits up to ${confirmWithinMs / 1000} s for machines that are on line to say that they keep to it, and up to ${pollWithinMs / 1000} s for those that poll; the others hear of it when they call.`)
    .action((agent: string | undefined, options: ScopeOptions & SettingOptions & { json?: boolean }, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => set(toolkit, connection, { ...options, agent }))));
}

async function show({ io, clock }: Toolkit, connection: Connection, options: ScopeOptions & { json?: boolean }): Promise<CommandEnd> {
  const scope = scopeFrom(connection, options);
  if (!scope.ok) return scope;
  const layers = await contactLayers(connection.api, scope.value);
  if (!layers.ok) return layers;
  const inForce = settingsInForce(layers.value);
  const reached = 'agent' in scope.value ? connection.machines.get(scope.value.agent)?.reached : undefined;
  if (options.json === true) io.json({ scope: scope.value, ...(reached === undefined ? {} : { reached }), settings: Object.fromEntries(inForce.map(({ field, value }) => [field, value])), layers: layers.value });
  else for (const line of table(columns, inForce, io.width)) io.line(line);
  if (options.json !== true && reached !== undefined) io.note(`reached by ${plain(reachedWords(reached))}, ${ago(reached.atMs, clock.now())}`);
  for (const { scope: of, version, overrides } of layers.value) {
    if (options.json !== true && Object.keys(overrides).length > 0) io.note(spreadWords(connection, { scope: of, version }, clock.now()));
  }
  return success(exitCodes.done);
}

const columns: Column<SettingInForce>[] = [
  { title: 'SETTING', value: ({ field }) => settingWords[field].label },
  { title: 'VALUE', value: ({ field, value }) => settingText(field, value) },
  { title: 'FROM', value: ({ from }) => (from === undefined ? 'default' : scopeWords(from.scope)) },
  { title: 'SET BY', value: ({ from }) => (from === undefined ? '' : `${from.setBy.name}, ${writeMoment(from.setAtMs)}`) },
];

async function set({ io, clock }: Toolkit, connection: Connection, options: ScopeOptions & SettingOptions & { json?: boolean }): Promise<CommandEnd> {
  const scope = scopeFrom(connection, options);
  if (!scope.ok) return scope;
  const named = overridesFrom(options);
  if (!named.ok) return named;
  const { api, signer, desk } = connection;
  const done = await changeContact({ api, signer, clock, policyVersion: desk.policyVersion }, scope.value, (present) => ({ ...(options.clear === true ? {} : present), ...named.value }));
  if (!done.ok) return done;
  const { version } = done.value;
  const spread = () => spreadOf(connection.machines.all, { scope: scope.value, version }, clock.now());
  const withinMs = spread().polling > 0 ? pollWithinMs : confirmWithinMs;
  await waitForMachines(connection, clock, { withinMs, until: () => spread().holding + spread().offLine >= spread().covered });
  if (options.json === true) io.json({ scope: scope.value, version, ...spread() });
  else io.line(spreadWords(connection, { scope: scope.value, version }, clock.now()));
  return success(exitCodes.done);
}

/** `site Reception: in force on 3 of 4 machines; 1 off line` */
function spreadWords({ machines }: Connection, { scope, version }: { scope: ContactScope; version: number }, nowMs: number): string {
  const { covered, holding, polling, offLine } = spreadOf(machines.all, { scope, version }, nowMs);
  const silent = covered - holding - polling - offLine;
  const rest = [polling > 0 ? `${polling} polling, due to call soon` : '', offLine > 0 ? `${offLine} off line` : '', silent > 0 ? `${silent} on line and not confirmed yet` : ''].filter((part) => part !== '');
  const who = 'agent' in scope ? (machines.get(scope.agent)?.name ?? scope.agent) : scopeWords(scope);
  return [`${plain(who)}: in force on ${holding} of ${covered} machine${covered === 1 ? '' : 's'}`, ...rest].join('; ');
}
