import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Person, Policy, Role } from '../../../../protocol/statements/policy.ts';
import { failureOf, useMe, usePolicy } from '../../state/queries.ts';
import { counted, errorWords, relativeTime } from '../../state/words.ts';
import { ShortId } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { FailureNote, Note, SkeletonRows } from '../../ui/notes.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/page.tsx';
import { RiskMark } from '../../ui/risk-mark.tsx';
import { ClockTime, RelativeTime, useNow } from '../../ui/time.tsx';
import classes from './reference.module.css';

const kindNames = { web: 'page key', cli: 'command-line key', webauthn: 'security key' } as const;

/** The policy in force: who may do what. It is signed by the owners; nothing here can change it. */
export function Trust(): ReactNode {
  const policy = usePolicy();
  if (policy.data !== undefined) return <Shown policy={policy.data} />;
  if (policy.error === null) return <SkeletonRows />;
  const failure = failureOf(policy.error);
  return (
    <>
      <PageHead title="Trust" />
      <PageBody>
        <FailureNote {...errorWords(failure.code)} what="The policy could not be fetched." code={failure.code} detail={failure.detail} action={<Button variant="default" onClick={() => void policy.refetch()}>Try again</Button>} />
      </PageBody>
    </>
  );
}

function Shown({ policy }: { readonly policy: Policy }): ReactNode {
  const myId = useMe().data?.personId;
  const loose = policy.keyKinds.web === 'control' || policy.keyKinds.web === 'destroy';
  return (
    <>
      <PageHead title="Trust" aside={<span className="dim">policy {policy.version}, signed by the owners <ClockTime atMs={policy.issuedAt * 1000} /></span>} />
      <PageBody>
        {loose ? (
          <div id="strict">
            <Note tone="amber" title={`Trying out: keys made by a page may sign up to “${policy.keyKinds.web}”`}>
              A page’s key can be used by whoever serves the page, and that is the intermediary. Make it strict when the machines matter: let an owner sign a policy in which page keys may at most “change”, and use the behest command or a security key for what
              is more.
            </Note>
          </div>
        ) : null}
        <Section title="People" aside={<span className="dim small">{policy.people.length}</span>}>
          <div className={classes['people']}>{policy.people.map((person) => <PersonCard key={person.id} person={person} roles={policy.roles} mine={person.id === myId} />)}</div>
        </Section>
        <Section title="Roles">
          {policy.roles.map((role) => <RoleFacts key={role.name} role={role} />)}
        </Section>
        <Section title="What a kind of key may sign">
          <Facts facts={(['web', 'cli', 'webauthn'] as const).map((kind) => [kindNames[kind], <>up to <RiskMark risk={policy.keyKinds[kind]} /></>])} />
        </Section>
        <Section title="Several people">
          {policy.approvals.length === 0 ? <p className="dim">Nothing needs a second person.</p> : <Facts facts={policy.approvals.map(({ risk, people }) => [`From “${risk}” on`, `${people} different people, one of them not with a page key`])} />}
        </Section>
      </PageBody>
    </>
  );
}

function PersonCard({ person, roles, mine }: { readonly person: Person; readonly roles: readonly Role[]; readonly mine: boolean }): ReactNode {
  const administers = roles.some((role) => person.roles.includes(role.name) && role.administers);
  return (
    <article className={classes['person']}>
      <header>
        <strong>{person.name}</strong>
        {mine ? <span className={classes['tag']}>you</span> : null}
        {administers ? <span className={classes['tag']}>administers</span> : null}
        <span className="dim">{person.roles.join(', ')}</span>
      </header>
      <ul>
        {person.keys.map((key) => (
          <li key={key.id}>
            <Icon name="key" size={15} />
            <span>{kindNames[key.kind]}</span>
            <ShortId id={key.id} />
            <KeyEnd atMs={key.notAfter * 1000} />
          </li>
        ))}
        {person.keys.length === 0 ? <li className="dim">no key</li> : null}
      </ul>
    </article>
  );
}

const soonMs = 3 * 86_400_000;

function KeyEnd({ atMs }: { readonly atMs: number }): ReactNode {
  const state = useNow((now) => (atMs < now ? 'ended' : atMs - now < soonMs ? 'soon' : 'valid'));
  return (
    <span className={classes['keyEnd']} data-state={state}>
      {state === 'ended' ? 'ended' : 'ends'} <RelativeTime atMs={atMs} words={relativeTime} />
    </span>
  );
}

function RoleFacts({ role }: { readonly role: Role }): ReactNode {
  const where = [...role.sites.map((site) => (site === '*' ? 'every site' : site)), ...(role.agents.length > 0 ? [counted(role.agents.length, 'single machine')] : [])];
  return (
    <div>
      <h3>{role.name}</h3>
      <Facts
        facts={[
          ['Where', where.join(', ') || 'nowhere'],
          ['May use', role.allow.map((pattern) => (pattern === '*' ? 'every primitive' : pattern)).join(', ') || 'nothing'],
          ...(role.deny.length === 0 ? [] : [['Never', role.deny.join(', ')] as const]),
          ['Up to', <RiskMark key="r" risk={role.highestRisk} />],
          ['At once', counted(role.maxTargets, 'machine')],
          ...(role.administers ? [['Besides', 'invites people, enrols machines, reads the audit log'] as const] : []),
        ]}
      />
    </div>
  );
}
