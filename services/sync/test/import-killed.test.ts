import {createHash} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {startHouse} from './start-house.js';

const RECORDS = 6_000;

/** A snapshot of another house. */
function aSnapshot(title: string) {
	const notes = Array.from({length: RECORDS}, (_, n) => ({
		id: `r${String(n).padStart(6, '0')}`,
		data: {title: `${title} ${n}`},
		version: n + 1,
		updated_at: '2026-03-01T08:00:00Z',
	}));
	const checksum = createHash('sha256');
	for (const {id, data} of notes) checksum.update(`notes\t${id}\t${JSON.stringify(data)}\n`);
	return {
		format: 'hearth-snapshot/1',
		exported_at: '2026-03-01T08:00:00Z',
		epoch: '11111111-1111-4111-8111-111111111111',
		version: RECORDS,
		collections: {notes},
		checksum: `sha256:${checksum.digest('hex')}`,
	};
}

test('a house killed at any moment of an import has done all of it or nothing, and can do it again', async t => {
	t.timeout(110_000);
	const house = await startHouse(t);
	const token = await house.account('ada@example.org');
	const ask = (path: string, body: object) =>
		fetch(`${house.url}/api/v1${path}`, {
			method: 'POST',
			headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
			body: JSON.stringify(body),
		});
	/** The one title that all records begin with, or what is wrong. */
	const whatIsThere = async (): Promise<string> => {
		const {data} = (await (await ask('/sync/pull', {since: 0, limit: 10_000})).json()) as {
			data: {changes: {data: {title: string}}[]};
		};
		const titles = new Set(data.changes.map(change => change.data.title.split(' ')[0]));
		return `${data.changes.length} ${[...titles].join('+')}`;
	};
	let before = '0 ';
	let killed = 0;
	for (const [round, wait_ms] of [20, 250, 600, 1_000, 1_500].entries()) {
		const title = `round${round}`;
		const importing = ask('/import', {mode: 'replace', snapshot: aSnapshot(title)}).then(
			({status}) => status,
			() => 0,
		);
		await Promise.race([sleep(wait_ms), importing]);
		await house.kill();
		if ((await importing) !== 200) killed += 1;
		await house.start();
		const now = await whatIsThere();
		t.true([before, `${RECORDS} ${title}`].includes(now), `${before} or round ${round}, not ${now}`);
		before = now;
	}
	t.true(killed > 0);
	t.is((await ask('/import', {mode: 'replace', snapshot: aSnapshot('last')})).status, 200);
	t.is(await whatIsThere(), `${RECORDS} last`);
});
