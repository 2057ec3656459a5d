/**
 * Showing a window to a person, with what is installed, and reading the answer. What is shown is never read as options or
 * markup; the window closes when its time is over or the run ends.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { ToolAnswer, ToolContext } from '../tool.ts';
import { commandOn } from './desktop.ts';
import type { Desktop } from './desktop.ts';

export type Asked = {
  readonly title: string;
  readonly text: string;
  /** One button each, at least one. */
  readonly answers: readonly string[];
  readonly withinSeconds: number;
};

/** `answer` is the place among `answers`; undefined when it was closed without one. */
export type Shown = { readonly by: string } & ({ readonly outcome: 'answered'; readonly answer: number } | { readonly outcome: 'dismissed' | 'no-answer' });

/** One program that can show a question. */
type Shower = {
  readonly program: string;
  readonly kinds: readonly Desktop['kind'][];
  args(asked: Asked): readonly string[];
  /** What its exit and words mean. */
  read(said: ToolAnswer, asked: Asked): Shown | undefined;
};

/** Exit code of env(1) where the program does not exist. */
const notThere = 127;
/** Beyond its own time limit a window is closed by force. */
const patienceMs = 5000;

const zenity: Shower = {
  program: 'zenity',
  kinds: ['x11', 'wayland'],
  args: ({ title, text, answers, withinSeconds }) => ['--question', '--no-markup', `--title=${title}`, `--text=${text}`, `--timeout=${withinSeconds}`, '--width=400', '--switch', ...answers.map((answer) => `--extra-button=${answer}`)],
  read({ exitCode, stdout }, { answers }) {
    const answer = answers.indexOf(stdout.replace(/\n$/, ''));
    if (answer >= 0) return { by: 'zenity', outcome: 'answered', answer };
    if (exitCode === 5) return { by: 'zenity', outcome: 'no-answer' };
    return exitCode === 1 && stdout === '' ? { by: 'zenity', outcome: 'dismissed' } : undefined;
  },
};

/** A menu, since its yes and no cannot be told from its being closed. It has no time limit: ours ends it. */
const kdialog: Shower = {
  program: 'kdialog',
  kinds: ['x11', 'wayland'],
  args: ({ title, text, answers }) => ['--title', title, '--menu', escapeMarkup(text), ...answers.flatMap((answer, index) => [String(index), answer])],
  read({ exitCode, stdout }, { answers }) {
    const answer = Number(stdout.trim());
    if (exitCode === 0 && stdout.trim() !== '' && answer in answers) return { by: 'kdialog', outcome: 'answered', answer };
    return exitCode === 1 ? { by: 'kdialog', outcome: 'dismissed' } : undefined;
  },
};

const firstButton = 101;

/** Every X server has had it for forty years. Its buttons are separated by commas. */
const xmessage: Shower = {
  program: 'xmessage',
  kinds: ['x11'],
  args: ({ title, text, answers, withinSeconds }) => ['-center', '-title', title, '-timeout', String(withinSeconds), '-buttons', answers.map((answer, index) => `${answer.replaceAll(/[,:\\]/g, ' ')}:${firstButton + index}`).join(','), `${text}\n`],
  read({ exitCode }, { answers }) {
    const answer = exitCode - firstButton;
    if (answer in answers) return { by: 'xmessage', outcome: 'answered', answer };
    if (exitCode === 0) return { by: 'xmessage', outcome: 'no-answer' };
    return exitCode === 1 ? { by: 'xmessage', outcome: 'dismissed' } : undefined;
  },
};

const showers: readonly Shower[] = [zenity, kdialog, xmessage];

/** Shows a question with the first program that is there. Fails with `tool-missing`, or `tool-failed` with what it said. */
export async function show(asked: Asked, desktop: Desktop, context: ToolContext): Promise<Outcome<Shown>> {
  for (const shower of showers.filter(({ kinds }) => kinds.includes(desktop.kind))) {
    const { file, args } = commandOn(desktop, [shower.program, ...shower.args(asked)], context.directiveId);
    const said = await askTool(file, args, context, { timeoutMs: asked.withinSeconds * 1000 + patienceMs });
    if (!said.ok && said.code === 'time-limit') return success({ by: shower.program, outcome: 'no-answer' });
    if (!said.ok) return said;
    if (said.value.exitCode === notThere) continue;
    const shown = shower.read(said.value, asked);
    return shown === undefined ? failure('tool-failed', `${shower.program}: ${said.value.stderr.trim().slice(-300)}`) : success(shown);
  }
  return failure('tool-missing', `${showers.map(({ program }) => program).join(', ')}: none of them is there`);
}

/** A notification of the desktop, which comes and goes by itself. Fails with `tool-missing`, or `tool-failed` where the desktop shows none. */
export async function notify({ title, text, withinSeconds }: Omit<Asked, 'answers'>, desktop: Desktop, context: ToolContext): Promise<Outcome<{ readonly by: string }>> {
  const program = ['notify-send', '--app-name=Behest', '--urgency=critical', '--icon=dialog-information', `--expire-time=${withinSeconds * 1000}`, '--', title, escapeMarkup(text)];
  const { file, args } = commandOn(desktop, program, context.directiveId);
  const said = await askTool(file, args, context);
  if (!said.ok) return said;
  const { exitCode, stderr } = said.value;
  if (exitCode === notThere) return failure('tool-missing', 'notify-send');
  return exitCode === 0 ? success({ by: 'notify-send' }) : failure('tool-failed', `notify-send: ${stderr.trim().slice(-300)}`);
}

/** Bodies of notifications, and KDE's dialogs, understand a little HTML (freedesktop's notification specification). */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
