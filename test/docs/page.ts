/**
 * Pages of docs/ that list what the code knows. The list between the two marks is made from the code; the test holds
 * the page against it, and with BEHEST_WRITE_DOCS=1 writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../architecture/sources.ts';

const marks = (list: string) => ({ begin: `<!-- ${list}: made from the code -->`, end: `<!-- end of ${list} -->` });

/** The lines that stand between the marks of `list` in docs/`page`. */
export function listedIn(page: string, list: string): string {
  const { begin, end } = marks(list);
  const text = readFileSync(pathOf(page), 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/${page} has no marks for ${list}`);
  return text.slice(from + begin.length, to).trim();
}

/** Writes the list when asked to by the environment, and gives what the page then holds. */
export function heldAgainst(page: string, list: string, made: string): string {
  if (process.env['BEHEST_WRITE_DOCS'] === '1') {
    const { begin, end } = marks(list);
    const text = readFileSync(pathOf(page), 'utf8');
    writeFileSync(pathOf(page), text.slice(0, text.indexOf(begin) + begin.length) + `\n${made.trim()}\n` + text.slice(text.indexOf(end)));
  }
  return listedIn(page, list);
}

function pathOf(page: string): string {
  return join(projectRoot, 'docs', page);
}
