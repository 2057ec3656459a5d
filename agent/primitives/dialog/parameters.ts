/**
 * What the primitives that speak to a person share.
 */
import { Type } from 'typebox';
import { text } from '../parameters.ts';

export const messageParameters = {
  text: Type.String({ ...text('Text', 'What the person reads, as it stands: no markup is understood.', 2000), format: 'multiline', minLength: 1 }),
  title: Type.Optional(Type.String({ ...text('Title', 'Of the window.', 80), default: 'Message from your technician', minLength: 1 })),
  user: Type.Optional(Type.String({ ...text('Person', 'Account of the one it is for. Left out: whoever is in front of the machine.', 256), minLength: 1 })),
};

export const defaultTitle = 'Message from your technician';

export const shownFields = {
  user: Type.String({ title: 'Person', description: 'Account on whose screen it was shown.' }),
  shownBy: Type.String({ title: 'Shown by', description: 'The program that showed it.' }),
};

export const seconds = (title: string, description: string, byDefault: number, maximum: number) => Type.Optional(Type.Integer({ title, description, default: byDefault, minimum: 1, maximum }));
