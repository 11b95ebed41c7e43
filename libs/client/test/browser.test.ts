import {randomUUID} from 'node:crypto';
import {existsSync} from 'node:fs';
import {definePlugin, Reply, route} from '@hearth/host/plugin.js';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import test, {type ExecutionContext} from 'ava';
import {type BrowserContext, chromium, type Page} from 'playwright-core';
import {bundle} from './bundle.js';
import {aSyncHouse, password} from './devices.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const browserTest = executablePath === undefined ? null : test;
if (browserTest === null) {
	leftOut(test, 'the client in a browser', 'there is no Chromium; "apt-get install chromium" brings it');
}

const pages = ['stores-page.ts', 'app-page.tsx'];

/** Serves the pages of browser/test-pages at /api/v1/test-pages/<name>, as the house serves its app. */
async function servePages() {
	const scripts = new Map<string, string>();
	for (const name of pages) {
		const [code = ''] = await bundle(new URL(`../browser/test-pages/${name}`, import.meta.url));
		scripts.set(name, code);
	}
	const answers = (type: string, text: (name: string) => string) => (name: string) =>
		new Reply(undefined, {body: text(name), headers: {'Content-Type': `${type}; charset=utf-8`}});
	const html = answers(
		'text/html',
		name =>
			`<!doctype html><meta charset="utf-8"><title>${name}</title><script type="module" src="${name}.js"></script>`,
	);
	const script = answers('text/javascript', name => scripts.get(name) ?? '');
	return definePlugin({
		name: 'pages',
		summary: 'Pages of a test',
		routes: pages.flatMap(name => [
			route('GET', `/api/v1/test-pages/${name}`, {summary: 'A page', role: 'public', handle: async () => html(name)}),
			route('GET', `/api/v1/test-pages/${name}.js`, {
				summary: 'Its script',
				role: 'public',
				handle: async () => script(name),
			}),
		]),
	});
}

async function aBrowser(t: ExecutionContext): Promise<BrowserContext> {
	const browser = await chromium.launch({
		...(executablePath === undefined ? {} : {executablePath}),
		args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
	});
	t.teardown(() => browser.close());
	const context = await browser.newContext();
	context.setDefaultTimeout(30_000);
	return context;
}

async function anApp(t: ExecutionContext) {
	const {house, anAccount} = await aSyncHouse(t, {}, [await servePages()]);
	const {aDevice, email} = await anAccount();
	const context = await aBrowser(t);
	const hash = new URLSearchParams({email, password, device_id: randomUUID()});
	const problems: string[] = [];
	return {
		context,
		aDevice,
		problems,
		async open(): Promise<Page> {
			const page = await context.newPage();
			page.on('pageerror', error => problems.push(error.message));
			await page.goto(`${house.url}/api/v1/test-pages/app-page.tsx#${hash}`);
			await page.getByRole('button', {name: 'Add'}).waitFor();
			return page;
		},
	};
}

const add = async (page: Page, title: string) => {
	await page.getByLabel('Title').fill(title);
	await page.getByRole('button', {name: 'Add'}).click();
};

browserTest?.serial('a browser’s IndexedDB keeps what every store promises', async t => {
	t.timeout(120_000);
	const {house} = await aSyncHouse(t, {}, [await servePages()]);
	const page = await (await aBrowser(t)).newPage();
	await page.goto(`${house.url}/api/v1/test-pages/stores-page.ts`);
	await page.waitForFunction('"keepAll" in window');
	const outcomes = await page.evaluate<Record<string, string>>('keepAll()');
	t.true(Object.keys(outcomes).length >= 6);
	for (const [promise, outcome] of Object.entries(outcomes)) t.is(outcome, 'kept', promise);
});

browserTest?.serial(
	'what is typed without a connection is there after a reload, is sent when it is back, and other devices’ changes show up',
	async t => {
		t.timeout(120_000);
		const {context, open, aDevice, problems} = await anApp(t);
		const page = await open();
		await page.getByText('idle, 0 waiting, live').waitFor();
		await context.setOffline(true);
		await add(page, 'Packing');
		await page.getByText('Packing (not sent yet)').waitFor();
		await page.getByText(/1 waiting/).waitFor();
		await page.getByText(/^offline, 1 waiting/).waitFor();
		// The page itself is not kept offline; its data is. Sync is cut first, or what waits could leave before the reload.
		await page.route('**/api/v1/sync/**', route => route.abort());
		await context.setOffline(false);
		await page.reload();
		await page.getByText('Packing (not sent yet)').waitFor();
		await page.unroute('**/api/v1/sync/**');
		await page.evaluate('dispatchEvent(new Event("online"))');
		await page.getByText('idle, 0 waiting, live').waitFor();
		t.is(await page.getByText('not sent yet').count(), 0);

		const phone = await aDevice();
		await phone.sync();
		const [packing] = await phone.collection('lists').list();
		t.is(packing?.data.title, 'Packing');
		await phone.collection('lists').update(packing?.id ?? '', {title: 'Packing for Rome'});
		await phone.collection('lists').create({title: 'Shopping'});
		await phone.sync();
		await page.getByText('Packing for Rome', {exact: true}).waitFor();
		await page.getByRole('button', {name: 'Delete Shopping'}).click();
		await page.getByText('Shopping', {exact: true}).waitFor({state: 'detached'});
		await page.getByText('idle, 0 waiting, live').waitFor();
		await phone.sync();
		t.is((await phone.collection('lists').list()).length, 1);
		t.deepEqual(problems, []);
	},
);

browserTest?.serial('of several tabs one syncs for all, and another takes over when it is closed', async t => {
	t.timeout(120_000);
	const {open, aDevice, problems} = await anApp(t);
	const streams: string[] = [];
	const watched = async (name: string) => {
		const page = await open();
		page.on('request', request => {
			if (request.url().includes('/sync/')) streams.push(name);
		});
		return page;
	};
	const first = await watched('first');
	await first.getByText('idle, 0 waiting, live').waitFor();
	const second = await watched('second');
	await second.getByText('idle, 0 waiting, live').waitFor();

	await add(second, 'From the second tab');
	await first.getByText('From the second tab', {exact: true}).waitFor();
	await second.getByText('idle, 0 waiting, live').waitFor();
	const answered = await second.evaluate<{state: string; pending: number}>('hearth.sync()');
	t.like(answered, {state: 'idle', pending: 0});
	t.false(streams.includes('second'), 'the second tab asks the server for nothing');
	const phone = await aDevice();
	await phone.sync();
	t.is((await phone.collection('lists').list()).length, 1);

	await first.close();
	await add(second, 'After the first is closed');
	await phone.collection('lists').create({title: 'From the phone'});
	await phone.sync();
	await second.getByText('From the phone', {exact: true}).waitFor();
	await second.getByText('idle, 0 waiting, live').waitFor();
	t.true(streams.includes('second'));
	await phone.sync();
	t.is((await phone.collection('lists').list()).length, 3);
	t.deepEqual(problems, []);
});
