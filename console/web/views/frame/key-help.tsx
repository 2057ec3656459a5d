import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { Key } from '../../ui/kbd.tsx';
import { useKeyTable } from '../../ui/keys.tsx';
import type { KeyBinding } from '../../ui/keys.tsx';
import classes from './frame.module.css';

/** All keys that work where one is. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
  const groups = Map.groupBy(uniqueKeys(useKeyTable()), ({ group }) => group);
  return (
    <Modal opened onClose={onClose} title="Keys" size="lg" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className={classes['keyGroups']}>
        {[...groups].map(([group, bindings]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {bindings.map(({ keys, label }) => (
                <div key={keys}>
                  <dt>{label}</dt>
                  <dd>
                    <Key keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

/** The newest binding of each key. */
function uniqueKeys(bindings: readonly KeyBinding[]): readonly KeyBinding[] {
  return [...new Map(bindings.map((binding) => [binding.keys, binding])).values()];
}
