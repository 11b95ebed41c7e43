import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {aFolder, processesOf, type Running, run} from './running.js';

// `npm start` as a person runs it, in this checkout, which is built: each start here is a second one.

const MOST_SECONDS = 20;
const OPEN = /Hearth is open at (http:\/\/localhost:\d+)/;

const npmStart = (t: ExecutionContext, env: Record<string, string>): Running => run(t, 'npm', ['start'], {env});

const status = async (url: string, path: string) => (await fetch(new URL(path, url))).status;

test.serial('a second start installs and builds nothing, and Ctrl-C closes it and all that it started', async t => {
	const data = join(aFolder(t), 'a data folder');
	const first = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: '0'});
	await first.printed(OPEN);
	t.not(processesOf(data).length, 0, 'the database of the data folder runs');
	first.child.kill('SIGTERM');
	t.is(await first.ended, 0, first.output());
	t.deepEqual(processesOf(data), []);

	const started = performance.now();
	const second = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: '0'});
	const url = await second.printed(OPEN);
	const seconds = (performance.now() - started) / 1000;
	t.log(`${seconds.toFixed(1)} s`);
	// `npm run bench -- start` measures it; here it is one of many things that this machine does.
	t.true(seconds < MOST_SECONDS, `${seconds.toFixed(1)} s`);
	t.is(await status(url, '/ready'), 200);
	t.notRegex(second.output(), /Installing|Building/);

	// A terminal sends Ctrl-C to everyone in the foreground, and npm passes it on besides.
	process.kill(-(second.child.pid ?? 0), 'SIGINT');
	await second.ended;
	t.regex(second.output(), /Stopping/);
	t.regex(second.output(), /the house is closed/);
	t.deepEqual(processesOf(data), []);
});

test.serial('two houses do not share a data folder: the second says who has it', async t => {
	const data = aFolder(t);
	const first = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: '0'});
	await first.printed(OPEN);
	const second = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: '0'});
	t.not(await second.ended, 0);
	t.true(second.output().includes(data), second.output());
	t.notRegex(second.output(), /\n\s+at /, 'a sentence, not a stack');
	first.child.kill('SIGTERM');
	t.is(await first.ended, 0);
});

test.serial('a busy port is a sentence that says what to do, and leaves nothing running', async t => {
	const data = aFolder(t);
	const other = createServer().listen(0, '127.0.0.1');
	t.teardown(() => other.close());
	await once(other, 'listening');
	const {port} = other.address() as AddressInfo;
	const house = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: String(port)});
	t.is(await house.ended, 1, house.output());
	t.regex(house.output(), new RegExp(`${port}.*HEARTH_PORT`));
	t.notRegex(house.output(), /\n\s+at /, 'a sentence, not a stack');
	t.deepEqual(processesOf(data), []);
});

test.serial('a data folder that cannot be written is a sentence that says what to do', async t => {
	// A file in its place cannot be written into even by root.
	const data = join(aFolder(t), 'file', 'data');
	writeFileSync(join(data, '..'), '');
	const house = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: '0'});
	t.is(await house.ended, 1, house.output());
	t.regex(house.output(), /data folder .*HEARTH_DATA/);
	t.notRegex(house.output(), /\n\s+at /, 'a sentence, not a stack');
});

test.serial('a wrong setting is a sentence that names it, before anything is opened', async t => {
	const data = aFolder(t);
	const house = npmStart(t, {HEARTH_DATA: data, HEARTH_PORT: 'eighty', HEARTH_RATE_LIMITS: 'maybe'});
	t.is(await house.ended, 1, house.output());
	t.regex(house.output(), /HEARTH_PORT is "eighty"/);
	t.regex(house.output(), /HEARTH_RATE_LIMITS is "maybe"/);
	t.notRegex(house.output(), /\n\s+at /, 'a sentence, not a stack');
});
