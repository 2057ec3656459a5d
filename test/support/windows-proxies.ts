/**
 * Says which proxies the settings of this Windows name: run by the Node of Windows.
 */
import { machine } from '../../agent/contact/proxies/surroundings.ts';
import { windowsSettings } from '../../agent/contact/proxies/windows.ts';

process.stdout.write(JSON.stringify(await windowsSettings(machine, new AbortController().signal)));
