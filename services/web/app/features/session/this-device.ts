import type {ThisDevice} from '../../api/calls.ts';
import {kept} from '../../kept.ts';
import {newId} from '../../new-id.ts';

/** The id is made once for this browser; signing in again is then the same device. */
export function thisDevice(): ThisDevice {
	const id = kept.read<string>('device') ?? newId();
	kept.write('device', id);
	return {id, name: deviceName()};
}

/** What this device is called in the list of devices: "Chrome on Android". A person can tell theirs apart; nobody is tracked by it. */
function deviceName(agent = navigator.userAgent): string {
	const browser = named(agent, [
		['Edg', 'Edge'],
		['OPR', 'Opera'],
		['SamsungBrowser', 'Samsung Internet'],
		['Firefox', 'Firefox'],
		['FxiOS', 'Firefox'],
		['CriOS', 'Chrome'],
		['Chrome', 'Chrome'],
		['Safari', 'Safari'],
	]);
	const system = named(agent, [
		['iPhone', 'iPhone'],
		['iPad', 'iPad'],
		['Android', 'Android'],
		['Windows', 'Windows'],
		['Mac OS', 'Mac'],
		['CrOS', 'Chromebook'],
		['Linux', 'Linux'],
	]);
	return system === null ? (browser ?? 'Browser') : `${browser ?? 'Browser'} on ${system}`;
}

const named = (agent: string, names: [string, string][]): string | null =>
	names.find(([mark]) => agent.includes(mark))?.[1] ?? null;
