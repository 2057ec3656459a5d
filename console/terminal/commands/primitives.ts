/**
 * `behest primitives`: what a machine can do, straight from the schemas.
 */
import { Command } from 'commander';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { primitivesOf } from '../../client/machines.ts';
import { platformNames, schemaWords } from '../../client/schema-words.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { hyphenated, primitiveNamed, propertiesOf } from '../params.ts';
import type { Property } from '../params.ts';
import { plain } from '../text/plain.ts';
import { table } from '../text/table.ts';
import { wrap } from '../text/wrap.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type PrimitivesOptions = { agent?: string; json?: boolean };

export function primitivesCommand(toolkit: Toolkit): Command {
  return new Command('primitives')
    .description('list what can be run, or describe one primitive')
    .argument('[name]', 'a primitive, such as shell.execute')
    .option('--agent <agent>', 'what this machine can do (default: the first that is on line)')
    .option('--json', 'print the descriptions with their schemas as JSON')
    .action((name: string | undefined, options: PrimitivesOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => show(toolkit, connection, name, options))));
}

async function show({ io }: Toolkit, connection: Connection, name: string | undefined, options: PrimitivesOptions): Promise<CommandEnd> {
  const machine = options.agent === undefined ? anyMachine(connection) : machineNamed(connection, options.agent);
  if (!machine.ok) return machine;
  const known = await primitivesOf(connection.api, machine.value.id);
  if (!known.ok) return known;
  if (name === undefined) {
    if (options.json === true) io.json(known.value);
    else for (const line of list(known.value, io.width)) io.line(line);
    return success(exitCodes.done);
  }
  const one = primitiveNamed(known.value, name);
  if (!one.ok) return one;
  if (options.json === true) io.json(one.value);
  else for (const line of describe(one.value, io.width)) io.line(line);
  return success(exitCodes.done);
}

/** The first that is on line. */
export function anyMachine(connection: Connection): Outcome<Machine> {
  const machines = connection.machines.all;
  const machine = machines.find(({ online }) => online) ?? machines[0];
  return machine === undefined ? failure('no-such-machine', 'there is no machine yet') : success(machine);
}

function list(known: readonly PrimitiveDescription[], width: number): string[] {
  const sorted = [...known].sort((left, right) => left.name.localeCompare(right.name));
  return table(
    [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'RISK', value: ({ risk }) => risk },
      { title: 'WHAT IT DOES', value: ({ title }) => title },
    ],
    sorted,
    width,
  );
}

function describe(primitive: PrimitiveDescription, width: number): string[] {
  const parameters = propertiesOf(primitive);
  const systems = primitive.platforms.map((platform) => platformNames[platform]).join(', ');
  return [
    `${primitive.name}: ${plain(primitive.title)}`,
    ...wrap(primitive.description, width),
    '',
    `risk ${primitive.risk} · on ${systems}${streamWords[primitive.streams]}`,
    ...section('Takes', parameters.length === 0 ? ['  no parameters'] : parameters.flatMap((parameter) => parameterLines(parameter, width))),
    ...section('Gives', schemaWords(primitive.result).flatMap(({ name, type, help }) => [`  ${name}  ${type}`, ...wrap(help, width, 6)])),
    ...section('For example', [`  behest run AGENT ${primitive.name}${parameters.filter(({ required }) => required).map(({ name, type }) => ` --${hyphenated(name)} ${type.toUpperCase()}`).join('')}`]),
  ];
}

const streamWords = { none: '', output: ' · shows its output while it runs', live: ' · can be tied to a live stream' };

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function parameterLines({ name, type, required, byDefault, description }: Property, width: number): string[] {
  const need = required ? ', needed' : byDefault === undefined ? '' : `, ${JSON.stringify(byDefault)} unless given`;
  return [`  --${hyphenated(name)}  ${type}${need}`, ...wrap(description, width, 6)];
}
