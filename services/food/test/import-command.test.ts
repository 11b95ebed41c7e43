import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test, {type ExecutionContext} from 'ava';

const hearth = fileURLToPath(new URL('../../../libs/host/hearth.js', import.meta.url));
/** Longer than any of it takes on the busiest machine. */
const PATIENCE_MS = 90_000;

async function aMachine(t: ExecutionContext) {
	const {url, database, close} = await freshDatabase();
	const folder = await mkdtemp(join(tmpdir(), 'hearth-import-'));
	t.teardown(async () => {
		await close();
		await rm(folder, {recursive: true, force: true});
	});
	const run = (...args: string[]) => {
		const child = spawn(process.execPath, [hearth, ...args], {
			env: {...process.env, DATABASE_URL: url, HEARTH_DATA: join(folder, 'data')},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		t.teardown(() => child.kill('SIGKILL'));
		let said = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (said += piece));
		const ended = once(child, 'close').then(([code]) => ({code: code as number | null, said}));
		return {child, ended};
	};
	return {database, folder, run};
}

test('an import by the command that is killed goes on when it is given again, and ends with each food once', async t => {
	t.timeout(2 * PATIENCE_MS);
	const {database, folder, run} = await aMachine(t);
	const path = join(folder, 'products.jsonl');
	const products = Array.from({length: 8000}, (_, at) =>
		JSON.stringify({code: `shelf-${at}`, product_name: `Oat bar ${at}`, nutriments: {fat_100g: at % 40}}),
	);
	await writeFile(path, products.join('\n'));
	const first = run('food', 'import', path);
	const foods = () =>
		database.one<{n: number}>(`select count(*) as n from food.foods`).then(
			({n}) => n,
			() => 0, // the schema is being made
		);
	for (const until = Date.now() + PATIENCE_MS; (await foods()) < 1000; await wait(20)) {
		if (Date.now() > until) return t.fail(`Nothing came in: ${(await first.ended).said}`);
	}
	first.child.kill('SIGKILL');
	await first.ended;
	const before = await foods();
	t.true(before < 8000, 'it was killed in the middle');
	const {code, said} = await run('import', path).ended;
	t.is(code, 0, said);
	t.regex(said, /Going on after line [\d,]+, where an earlier run stopped/);
	t.regex(said, /Done: 8,000 rows, 8,000 foods added, 0 brought up to date, 0 left as they are, 0 rows left out/);
	t.is(await foods(), 8000);
	const wrong = await run('food', 'import', join(folder, 'none.csv')).ended;
	t.is(wrong.code, 1);
	t.regex(wrong.said, /none\.csv cannot be read \(ENOENT\)/);
});
