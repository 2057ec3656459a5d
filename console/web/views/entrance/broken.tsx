/**
 * The way in: welcome, sign-in, and what is shown when an address leads nowhere or the page itself broke.
 */
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { Empty, FailureNote } from '../../ui/notes.tsx';
import { Threshold } from '../../ui/page.tsx';

export function NotFound(): ReactNode {
  return (
    <Empty icon="search" title="There is nothing at this address" actions={<Button component={Link} to="/machines">To the machines</Button>}>
      The link may be older than what it pointed to.
    </Empty>
  );
}

export function PageBroken({ error }: ErrorComponentProps): ReactElement {
  return (
    <Threshold title="This page broke">
      <FailureNote what="Something broke that should not." todo="Nothing that you sent is affected. Reload the page; if it happens again, report it with the detail given." code="internal" detail={error instanceof Error ? error.message : ''} />
      <Button onClick={() => window.location.reload()}>Reload</Button>
    </Threshold>
  );
}
