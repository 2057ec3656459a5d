/**
 * The console with a made-up client behind it, for looking at every state of every view. What is shown is chosen in the
 * query of the address: `?fleet=crowded&mode=failing`.
 */
import { mountConsole } from '../../../console/web/app.tsx';
import { mockClient } from './mock-client.ts';

const place = document.getElementById('root');
const query = new URLSearchParams(window.location.search);
if (place !== null) mountConsole(mockClient({ fleet: query.get('fleet') ?? 'few', mode: query.get('mode') ?? 'plain' }), place);
