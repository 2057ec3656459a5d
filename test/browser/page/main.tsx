/**
 * The console with a made-up client behind it, for looking at every state of every view. What is shown is chosen in the
 * `mock.options` of local storage: `crowded failing`.
 */
import { mountConsole } from '../../../console/web/app.tsx';
import { mockClient } from './mock-client.ts';
import { prepareIdentities } from './mock-data.ts';

const place = document.getElementById('root');
const [fleet = 'few', mode = 'plain'] = (localStorage.getItem('mock.options') ?? '').split(' ').filter(Boolean);
await prepareIdentities(fleet === 'crowded' ? 1000 : 9);
if (place !== null) mountConsole(mockClient({ fleet, mode }), place);
