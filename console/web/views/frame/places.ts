import type { IconName } from '../../ui/icon.tsx';

/** What stands on the rail: each answers one question. */
export const places = [
  { to: '/machines', label: 'Machines', icon: 'machines', key: 'm', question: 'Which machines are there?' },
  { to: '/work', label: 'Work', icon: 'work', key: 'w', question: 'What is going on, what was done?' },
  { to: '/library', label: 'Library', icon: 'library', key: 'l', question: 'What can I run?' },
  { to: '/trust', label: 'Trust', icon: 'trust', key: 't', question: 'Who may do what?' },
  { to: '/settings', label: 'Settings', icon: 'settings', key: 's', question: 'How this page looks' },
] as const satisfies readonly { to: string; label: string; icon: IconName; key: string; question: string }[];
