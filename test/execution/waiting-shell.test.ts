import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Workshop } from './support.ts';
import { isRunning, makeWorkshop, until } from './support.ts';

/** What a command can see of how it was started. */
const lookAround = 'env | sort; pwd; ulimit -a; umask; echo "$0 $#"; readlink /proc/$$/fd/0; (cd /proc/$$/fd && echo *); tr "\\0" "|" < /proc/$$/cmdline; cat; ps -o pgid=,sid= -p $$ | tr -d " " | sed "s/$$/own/g"';

test('a command in the waiting shell sees what it would see in a process of its own', async (t) => {
  const workshop = makeWorkshop();
  const id = 'ab'.repeat(16);
  const first = await workshop.run('shell.execute', { command: lookAround }, { id });
  const waiting = await waitingShell(workshop);
  const second = await workshop.run('shell.execute', { command: `echo $$; ${lookAround}` }, { id });
  const [pid, ...rest] = second.stdout.toString().split('\n');
  t.is(Number(pid), waiting, 'it was the waiting shell');
  t.deepEqual(rest.join('\n').replaceAll('echo $$; ', ''), first.stdout.toString());
  t.regex(first.stdout.toString(), new RegExp(`^BEHEST_DIRECTIVE=${id}$`, 'm'));
  t.is(second.stderr.toString(), first.stderr.toString());
  await workshop.executor.stop();
});

test('whatever is in a command, the waiting shell takes it as it is', async (t) => {
  const workshop = makeWorkshop();
  const commands = ["printf '%s' 'a'\\''b'", 'printf "%s" "$((1 + 1)) `echo x` \\\\ \\""', 'printf a\nprintf b # comment', "cat <<'END'\n$x 'y' \\\nEND\n", 'printf ä🙂', 'exit 7', 'kill -9 $$', 'if', 'printf x >&2; exec 1>&-'];
  for (const command of commands) {
    const waiting = await waitingShell(workshop);
    const inWaiting = await workshop.run('shell.execute', { command });
    t.false(isRunning(waiting), `${command} was given to the waiting shell`);
    // a waiting shell takes no variable of such a name, so this one is started anew
    const anew = await workshop.run('shell.execute', { command, environment: { lower: '' } });
    t.deepEqual(seen(inWaiting), seen(anew), command);
  }
  await workshop.executor.stop();
});

test('a waiting shell that was killed is missed by nobody', async (t) => {
  const workshop = makeWorkshop();
  await workshop.run('shell.execute', { command: 'true' });
  const waiting = await waitingShell(workshop);
  process.kill(waiting, 'SIGKILL');
  await until(() => !isRunning(waiting), 'the shell to end');
  t.is((await workshop.run('process.execute', { program: 'true' })).ending.status, 'succeeded');
  t.is((await workshop.run('shell.execute', { command: 'echo hi' })).stdout.toString(), 'hi\n');
  await workshop.executor.stop();
  const next = makeWorkshop();
  await next.run('shell.execute', { command: 'true' });
  const left = await waitingShell(next);
  await next.executor.stop();
  await until(() => !isRunning(left), 'the waiting shell to end with its spawner');
});

/** All but the time at which it ended. */
function seen({ ending, stdout, stderr }: Awaited<ReturnType<Workshop['run']>>): object {
  return { ending: { ...ending, endedAtMs: 0 }, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Runs a command first if there was none; then waits until the spawner has the next shell waiting. */
async function waitingShell({ run, spawner }: Workshop): Promise<number> {
  if (spawner.pids.length === 0) await run('shell.execute', { command: 'true' });
  const [parent = 0] = spawner.pids;
  let found: number | undefined;
  await until(() => (found = childNamed(parent, '/bin/sh\0')) !== undefined, 'a shell to wait');
  return found ?? 0;
}

function childNamed(parent: number, commandLine: string): number | undefined {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).find((pid) => {
    const isOurs = readOr(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(parent);
    return isOurs && readOr(`/proc/${pid}/cmdline`) === commandLine;
  });
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
