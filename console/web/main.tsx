/**
 * The browser console: what a technician sees. This is its composition root.
 */
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { mountConsole } from './app.tsx';
import { ConnectedClient } from './state/connected-client.ts';

const place = document.getElementById('root');
if (place !== null) mountConsole(new ConnectedClient({ origin: window.location.origin, clock: systemClock, random: systemRandom }), place);
