import {execFileSync} from 'node:child_process';
import {cpSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {until} from '../../libs/ports/contract/until.js';
import {labelJpeg} from '../../services/vision/test/label-picture.js';
import {freePort} from '../dev/servers/free-port.js';
import {readImage} from '../dev/stack/image.js';
import {aFolder, checkout, run} from './running.js';

// The Dockerfile without an engine: its build steps are run in a folder that holds what .dockerignore lets through, and what comes of them
// is started as the image would be. The base image and the last stage's own steps are not tried.

const dockerfile = readFileSync(join(checkout, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
const [buildStage = '', lastStage = ''] = dockerfile.split(/^FROM .*$/m).slice(1);

test.serial(
	'what the image is built of builds, serves and reads a label, and holds nothing that only development needs',
	async t => {
		t.timeout(600_000);
		const folder = aFolder(t);
		for (const path of letThrough()) cpSync(join(checkout, path), join(folder, path));
		t.regex(buildStage, /^COPY \. \.$/m);
		const steps = [...buildStage.matchAll(/^RUN (.+)$/gm)].map(([, command = '']) => command);
		t.is(steps.length, 3);
		for (const command of steps) {
			const step = run(t, 'sh', ['-ec', command], {cwd: folder});
			t.is(await step.ended, 0, `${command}\n${step.output()}`);
		}
		t.deepEqual(
			filesBelow(folder).filter(
				path => /(?:^|\/)test\/.*\.test\.js$|\.ts$|\.map$/.test(path) && !path.includes('node_modules/'),
			),
			[],
		);
		// A file that has several names is there once.
		const sizes = new Map(
			filesBelow(folder)
				.map(path => statSync(join(folder, path)))
				.map(({ino, size}) => [ino, size]),
		);
		const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
		t.log(`${(bytes / 1e6).toFixed(0)} MB beside what node:22-bookworm-slim brings`);
		// Of these 70 are PP-OCR: 46 the runtime of this machine's kind, 24 the models.
		t.true(bytes < 310e6, `${bytes} bytes`);

		const {entrypoint, command, environment, health} = readImage();
		const port = await freePort();
		const env = {...environment, HEARTH_HOST: '127.0.0.1', HEARTH_PORT: String(port), HEARTH_DATA: aFolder(t)};
		const [program = '', ...args] = [...entrypoint, ...command];
		const house = run(t, program, args, {cwd: folder, env});
		await house.printed(/Hearth is open at/);
		t.is(await run(t, health[0] ?? '', health.slice(1), {cwd: folder, env}).ended, 0, 'its health check finds it well');
		t.is(await readLabel(`http://127.0.0.1:${port}`), 'done');
		const page = await fetch(`http://127.0.0.1:${port}/`);
		t.regex(await page.text(), /<div id="/, 'the app is in it');
		house.child.kill('SIGTERM');
		t.is(await house.ended, 0, house.output());
		t.is(await run(t, health[0] ?? '', health.slice(1), {cwd: folder, env}).ended, 1, 'its health check finds it gone');
	},
);

test('the image is no root’s, and takes nothing from the machine it is built on', t => {
	t.regex(lastStage, /^USER node$/m);
	t.notRegex(lastStage, /^VOLUME/m, 'a volume nobody named would be left by every container');
	t.deepEqual(
		[...lastStage.matchAll(/^COPY (.+)$/gm)].map(([, what]) => what),
		['--from=build /hearth .'],
	);
	t.notRegex(dockerfile, /amd64|arm64|x86_64|aarch64|--platform/, 'it is built for the machine that builds it');
});

/** The files that are sent to the build, of those that git knows or would know. */
function letThrough(): string[] {
	const lines = readFileSync(join(checkout, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n');
	const rules = lines.filter(line => line !== '' && !line.startsWith('#') && line !== '*');
	const allowed = rules.filter(rule => rule.startsWith('!')).map(rule => rule.slice(1));
	const refused = rules.filter(rule => !rule.startsWith('!')).map(asExpression);
	const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
		cwd: checkout,
		encoding: 'utf8',
	});
	return listed
		.split('\0')
		.filter(path => allowed.some(one => path === one || (one.endsWith('/') && path.startsWith(one))))
		.filter(path => !refused.some(one => one.test(path)))
		.filter(path => statSync(join(checkout, path), {throwIfNoEntry: false})?.isFile());
}

/** A path, or one wherever it lies, with all below it. */
function asExpression(rule: string): RegExp {
	const [, anywhere, rest = ''] = /^(\*\*\/)?([\w./*-]+)$/.exec(rule) ?? [];
	const escaped = rest.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
	return new RegExp(`^${anywhere === undefined ? '' : '(?:.*/)?'}${escaped}(?:/|$)`);
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile())
		.map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function readLabel(url: string): Promise<string> {
	const json = {'content-type': 'application/json'};
	const person = {email: 'ada@example.org', password: 'a horse that staples batteries', name: 'Ada'};
	const registered = await fetch(`${url}/api/v1/auth/register`, {
		method: 'POST',
		headers: json,
		body: JSON.stringify(person),
	});
	const headers = {authorization: `Bearer ${JSON.parse(await registered.text()).data.access_token}`};
	const form = new FormData();
	form.append('image', new Blob([new Uint8Array(await labelJpeg())], {type: 'image/jpeg'}), 'label.jpg');
	const upload = await fetch(`${url}/api/v1/images/upload`, {method: 'POST', headers, body: form});
	const {id} = JSON.parse(await upload.text()).data;
	return until(
		'the label is read',
		async () => {
			await new Promise(resolve => setTimeout(resolve, 500)); // as often as the app asks
			const answer = await fetch(`${url}/api/v1/images/${id}/status`, {headers});
			const {status} = JSON.parse(await answer.text()).data;
			return ['done', 'failed'].includes(status) && status;
		},
		180_000,
	);
}
