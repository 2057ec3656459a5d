/**
 * Parameters that several primitives share: what a technician reads beside the field of the form.
 */
import { Type } from 'typebox';

const noNul = '^[^\\u0000]*$';

export const text = (title: string, description: string, maxLength: number) => Type.String({ title, description, pattern: noNul, maxLength });

/** Absolute on Unix, on a drive of Windows, or on one of its servers. */
const absolutePath = '^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)[^\\u0000]*$';

export const pathParameter = (title: string, description: string) => Type.String({ title, description, format: 'path', pattern: absolutePath, maxLength: 4096 });

export const programParameters = {
  workingDirectory: Type.Optional(pathParameter('Working directory', 'Absolute path of the directory to start in. Left out: the directory of the agent.')),
  environment: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 256 }), Type.String({ pattern: noNul, maxLength: 32_768 }), {
      title: 'Environment',
      description: 'Variables added to the environment of the agent, by name. They are part of the signed directive: no place for secrets.',
      maxProperties: 256,
    }),
  ),
  stdin: Type.Optional(Type.String({ title: 'Standard input', description: 'Text that the program reads from its standard input, which ends after it. Left out: empty.', format: 'multiline', maxLength: 131_072 })),
};

export const argumentsParameter = Type.Optional(
  Type.Array(Type.String({ pattern: noNul, maxLength: 131_072 }), { title: 'Arguments', description: 'One by one, exactly as the program gets them: nothing is split, expanded or quoted.', default: [], maxItems: 4096 }),
);
