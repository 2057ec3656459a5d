/**
 * Asking PowerShell, where Windows tells what is wanted through nothing else: a script of ours, answered in lines of JSON and in UTF-8,
 * whatever the language and code page of the system.
 */
import type { TSchema, Static } from 'typebox';
import { formOf } from '../../protocol/form.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { askTool } from './tool.ts';

const flags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand'];
const inUtf8 = "[Console]::OutputEncoding = [Text.Encoding]::UTF8\n$ProgressPreference = 'SilentlyContinue'\n";

/** The last line of a script that has run to its end. */
const end = 'behest: end';

/** What the script wrote. Fails as `askTool`, and with `tool-failed` where it was not run to its end, whatever the exit code says. */
export async function askPowerShell(script: string, context: Parameters<typeof askTool>[2]): Promise<Outcome<string>> {
  const said = await askTool('powershell.exe', [...flags, Buffer.from(`${inUtf8}${script}\n'${end}'`, 'utf16le').toString('base64')], context);
  if (!said.ok) return said;
  const { stdout, stderr, exitCode } = said.value;
  return stdout.trimEnd().endsWith(end) ? success(stdout) : failure('tool-failed', `PowerShell ended with ${exitCode} before it had said all: ${stderr.trim().slice(-300)}`);
}

/** A text as it stands in a script: in single quotes nothing means anything but they themselves, and PowerShell takes four more for them. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/** The lines that have this form; a warning among them is passed over. */
export function parseLines<Schema extends TSchema>(said: string, schema: Schema): Static<Schema>[] {
  const form = formOf(schema);
  return said.split(/\r?\n/).flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return form.check(value) ? [value] : [];
    } catch {
      return []; // not one of ours
    }
  });
}
