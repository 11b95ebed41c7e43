import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {pathToFileURL} from 'node:url';
import {stripVTControlCharacters} from 'node:util';
import {endLeftovers} from './leftovers.mjs';
import {manifest, packageFolders} from './packages.mjs';
import {quiet} from './quiet.mjs';
import {root, say} from './say.mjs';

// No test may take longer.
const LONGEST_SILENCE_MS = 12 * 60_000;

/**
 * Style, then every test; `args` are ava's, `npm test -- libs/host/test/ready.test.js` runs one file.
 * One PostgreSQL serves the whole run: `libs/ports/test-database.ts` gives each test a database of its own on it.
 */
export async function test(args) {
	const failures = args.length === 0 ? await checkStyle() : [];
	// What a test forgets to remove goes with this folder. Others may pass through it: PostgreSQL may run as another user.
	const temporary = mkdtempSync(join(tmpdir(), 'hearth-'));
	chmodSync(temporary, 0o711);
	process.env.TMPDIR = temporary;
	let results = {passed: 0, failed: 0, leftOut: []};
	try {
		const {startTestServer} = await import(pathToFileURL(join(root, 'libs/ports/test-database.js')).href);
		const server = await startTestServer();
		try {
			results = await ava(args, {...process.env, HEARTH_TEST_DATABASE_URL: server.url, HEARTH_TEST_RUN: temporary});
		} finally {
			await server.stop();
		}
		failures.push(...(await endLeftovers(`HEARTH_TEST_RUN=${temporary}`)));
	} finally {
		rmSync(temporary, {recursive: true, force: true});
	}
	for (const line of new Set(results.leftOut)) say(line);
	for (const line of failures) say(`failed: ${line}`);
	const failed = results.failed + failures.length;
	console.log(`${results.passed} passed, ${failed} failed`);
	// Said, not waited for: something that a test left open must not keep the run from ending.
	process.exit(failed === 0 ? 0 : 1);
}

/** The house's style, and what packages check of themselves by a `check` script: the app has types of its own. */
async function checkStyle() {
	const failures = [];
	const check = async (name, cwd, program, args) => {
		const {code, output} = await quiet(program, args, {cwd});
		if (code === 0) return;
		say(output);
		failures.push(name);
	};
	const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
	await check('biome check; "npm run format" mends most of it', root, process.execPath, [biome, 'check']);
	for (const folder of packageFolders().filter(one => manifest(one).scripts?.check)) {
		await check(`npm run check in ${folder}`, join(root, folder), 'npm', ['run', '--silent', 'check']);
	}
	return failures;
}

/** Runs ava, shows what it prints, and counts as it goes: its own summary keeps the passed to itself when one has failed. */
async function ava(args, env) {
	const child = spawn(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...args], {
		cwd: root,
		env: process.stdout.isTTY ? {...env, FORCE_COLOR: '1'} : env,
		stdio: ['ignore', 'pipe', 'inherit'],
		// The terminal's Ctrl-C reaches ava through us, once, so that the database is still there while its tests end.
		detached: true,
	});
	const ended = once(child, 'exit');
	const pass = signal => process.kill(-child.pid, signal);
	process.on('SIGINT', pass).on('SIGTERM', pass);
	const results = {passed: 0, failed: 0, leftOut: []};
	// AVA gives a test up that goes on for too long, and then waits for what it started.
	const watch = setTimeout(() => {
		say(`No test has ended for ${LONGEST_SILENCE_MS / 60_000} minutes: the run is ended.`);
		pass('SIGKILL');
	}, LONGEST_SILENCE_MS);
	for await (const line of createInterface({input: child.stdout})) {
		console.log(line);
		watch.refresh();
		const text = stripVTControlCharacters(line).trim();
		if (/^[✔√] (?!\[expected fail\])/u.test(text)) results.passed++;
		else if (/^[✘✖×] \[(?:fail|unexpected pass)\]: /u.test(text)) results.failed++;
		else if (/^\S left out: /u.test(text)) results.leftOut.push(text.slice(2));
		else if (text.startsWith('- [skip] ')) results.leftOut.push(`left out: ${text.slice('- [skip] '.length)}`);
	}
	const [code, signal] = await ended;
	clearTimeout(watch);
	if (signal !== null) say(`The tests were ended by ${signal}; not all of them ran.`);
	// A crash, a file without tests, a test that never ended: ava fails without naming a test.
	if (code !== 0 && results.failed === 0) results.failed = 1;
	return results;
}
