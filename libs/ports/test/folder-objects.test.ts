import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {chmod, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {objectsContract} from '../contract/objects.js';
import {until} from '../contract/until.js';
import {openFolderObjects} from '../drivers/folder-objects.js';
import {StartupError} from '../startup-error.js';

async function aFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth objects-'));
	t.teardown(() => rm(folder, {recursive: true}));
	return folder;
}

objectsContract(test, {
	name: 'folder',
	make: async t => openFolderObjects(await aFolder(t)),
});

test('an object is a file that begins with its bytes, so that other programs can open it', async t => {
	const folder = await aFolder(t);
	const objects = await openFolderObjects(folder);
	const bytes = randomBytes(1_000);
	await objects.put('images/one.jpg', bytes, {content_type: 'image/jpeg'});
	const file = await readFile(join(folder, 'images+', 'one.jpg'));
	t.deepEqual(file.subarray(0, 1_000), bytes);
	await objects.delete('images/one.jpg');
	t.deepEqual(await readdir(folder), ['~unfinished']);
});

test('objects are there when the folder is opened again', async t => {
	const folder = await aFolder(t);
	await (await openFolderObjects(folder)).put('a/b', Buffer.from('kept'));
	t.is((await (await openFolderObjects(folder)).read('a/b', 10)).toString(), 'kept');
});

test('an upload in work is not listed, and what a killed process left of one is removed later', async t => {
	const folder = await aFolder(t);
	const objects = await openFolderObjects(folder);
	let end = () => {};
	const body = new Readable({read() {}});
	body.push(Buffer.alloc(10));
	end = () => void body.push(null);
	const putting = objects.put('a', body);
	const unfinished = join(folder, '~unfinished');
	const [name = ''] = await until('the upload began', async () => {
		const names = await readdir(unfinished);
		return names.length > 0 && names;
	});
	for await (const {key} of objects.list('')) t.fail(key);
	await openFolderObjects(folder);
	t.deepEqual(await readdir(unfinished), [name]);
	end();
	await putting;

	await writeFile(join(unfinished, 'old'), 'x');
	await utimes(join(unfinished, 'old'), new Date(0), new Date(0));
	await openFolderObjects(folder);
	t.deepEqual(await readdir(unfinished), []);
});

test('a file cut short by hand is said to be damaged, and never served', async t => {
	const folder = await aFolder(t);
	const objects = await openFolderObjects(folder);
	await objects.put('a', Buffer.alloc(500, 'x'));
	await truncate(join(folder, 'a'), 400);
	await t.throwsAsync(objects.get('a'), {message: /damaged/});
	await t.throwsAsync(objects.read('a', 1_000), {message: /damaged/});
	await objects.put('a', Buffer.from('mended'));
	t.is((await objects.read('a', 10)).toString(), 'mended');
});

test('a folder that cannot be written is a sentence that says what to do', async t => {
	const folder = await aFolder(t);
	await writeFile(join(folder, 'file'), '');
	await t.throwsAsync(openFolderObjects(join(folder, 'file', 'objects')), {
		instanceOf: StartupError,
		message: /cannot be written \(ENOTDIR\): make it writable, or set HEARTH_DATA/,
	});
	// Root writes everywhere.
	if (process.getuid?.() !== 0) {
		await chmod(folder, 0o500);
		await t.throwsAsync(openFolderObjects(join(folder, 'objects')), {instanceOf: StartupError, message: /EACCES/});
		await chmod(folder, 0o700);
	}
});

test('objects that were read in part or not at all keep no file open', async t => {
	const objects = await openFolderObjects(await aFolder(t));
	await objects.put('a', randomBytes(500_000));
	for (let n = 0; n < 20; n++) {
		const {body} = await objects.get('a');
		body.destroy();
		await t.throwsAsync(objects.read('a', 10));
	}
	if (process.platform !== 'linux') return t.pass();
	const openFiles = () => execFileSync('ls', ['-l', `/proc/${process.pid}/fd`], {encoding: 'utf8'});
	await until(
		'they are closed',
		() => !openFiles().includes(`${'hearth objects-'}`) || !/hearth objects-\S*\/a\n/.test(openFiles()),
	);
	t.pass();
});
