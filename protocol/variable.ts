/**
 * A variable by reference: where on the machine its value is found. One schema for the primitive that looks one up and
 * for procedures that use many.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

export const variableSources = ['file', 'directory', 'environment', 'registry', 'command'] as const;
export type VariableSource = (typeof variableSources)[number];

/** Directories that have another path on each system, or for each account. */
export const knownDirectories = ['temporary', 'home', 'working', 'system', 'programs', 'configuration', 'logs'] as const;
export type KnownDirectory = (typeof knownDirectories)[number];

const noNul = '^[^\\u0000]*$';

export const VariableReference = Type.Object(
  {
    from: Type.Enum(variableSources, { title: 'From', description: 'What holds the value: the content of a text file, the path of a directory of the system, the environment of the agent, the Windows registry, or the output of a command.' }),
    of: Type.String({
      title: 'Of',
      description: `Path of the file; one of ${knownDirectories.join(', ')}; name of the environment variable; registry key, such as HKLM\\Software\\Vendor; or the command, for the shell.`,
      pattern: noNul,
      minLength: 1,
      maxLength: 32_768,
    }),
    valueName: Type.Optional(Type.String({ title: 'Value name', description: 'Of a registry key: the name of the value. Left out: the default value of the key.', pattern: noNul, maxLength: 16_383 })),
    otherwise: Type.Optional(Type.String({ title: 'Otherwise', description: 'The value where there is no such file, variable or registry value. Left out: that is a failure.', maxLength: 32_768 })),
    keepEnd: Type.Optional(Type.Boolean({ title: 'Keep the end', description: 'Keep the line breaks at the end of a file or of a command’s output, which are dropped otherwise, as a shell drops them.', default: false })),
  },
  { additionalProperties: false },
);
export type VariableReference = Static<typeof VariableReference>;
