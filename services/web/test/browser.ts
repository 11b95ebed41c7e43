import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {discoverPlugins} from '@hearth/host/discover.js';
import {aHouse, type HouseOptions, type TestHouse} from '@hearth/host/testing.js';
import type {ExecutionContext} from 'ava';
import {type BrowserContext, chromium, type Page} from 'playwright-core';

const root = new URL('../../../', import.meta.url);
const screenshots = fileURLToPath(new URL('.cache/screenshots/', root));

/** Debian's, or another one that is installed; undefined where there is none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
	existsSync,
);

export const PHONE = {width: 390, height: 844};
export const DESK = {width: 1280, height: 800};

export interface Visitor {
	page: Page;
	context: BrowserContext;
	/** Below `.cache/screenshots`, to be looked at; and what axe finds on this screen is a complaint. */
	shoot(name: string): Promise<void>;
	/** What the browser complained of: failed scripts, breaches of the page's policy, requests to other hosts. */
	complaints: string[];
}

/** The whole house with every plugin of its own, as it is served. */
export async function theHouse(t: ExecutionContext, options: Partial<HouseOptions> = {}): Promise<TestHouse> {
	if (!existsSync(new URL('services/web/public/index.html', root))) {
		throw new Error('The app is not built. Run "npm run build" first.');
	}
	const {plugins, failed} = await discoverPlugins({root, outside: []});
	t.deepEqual(failed, []);
	return aHouse(t, {plugins, ...options, settings: {HEARTH_REGISTRATION: 'invite', ...options.settings}});
}

/**
 * One browser for a test, and a way to let somebody in with a device of their own. `style-src 'self'` is asked of the app's page
 * whatever the host says: the app must work without inline styles.
 */
export async function aBrowser(t: ExecutionContext, url: string) {
	const browser = await chromium.launch({
		...(chromiumPath === undefined ? {} : {executablePath: chromiumPath}),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
	t.teardown(async () => {
		const pages = browser.contexts().flatMap(context => context.pages());
		if (!t.passed) {
			mkdirSync(screenshots, {recursive: true});
			for (const [n, page] of pages.entries()) await page.screenshot({path: path.join(screenshots, `failed-${n}.png`)});
		}
		await browser.close();
	});
	return async (
		viewport: {width: number; height: number},
		colorScheme: 'light' | 'dark' = 'light',
	): Promise<Visitor> => {
		const phone = viewport.width < 500;
		const context = await browser.newContext({
			viewport,
			colorScheme,
			hasTouch: phone,
			isMobile: phone,
			deviceScaleFactor: phone ? 2 : 1,
			locale: 'de-DE',
			timezoneId: 'Europe/Berlin',
			reducedMotion: 'reduce',
		});
		await context.route(
			address => address.origin === new URL(url).origin && !/\/api\/|\.\w+$/.test(address.pathname),
			async route => {
				const response = await route.fetch();
				const policy = response.headers()['content-security-policy'] ?? '';
				await route.fulfill({
					response,
					headers: {
						...response.headers(),
						'content-security-policy': policy.replace(/style-src[^;]*/, "style-src 'self'"),
					},
				});
			},
		);
		const page = await context.newPage();
		page.setDefaultTimeout(20_000);
		const complaints = complaintsOf(page, url);
		return {
			page,
			context,
			complaints,
			async shoot(name) {
				complaints.push(...(await barriersOn(page)).map(barrier => `${name}: ${barrier}`));
				mkdirSync(screenshots, {recursive: true});
				await page.screenshot({path: path.join(screenshots, `${name}-${viewport.width}x${viewport.height}.png`)});
			},
		};
	};
}

function complaintsOf(page: Page, url: string): string[] {
	const complaints: string[] = [];
	const host = new URL(url).host;
	page.on('pageerror', error => complaints.push(`threw ${error.message}`));
	page.on('console', message => {
		// That a call was answered with 4xx is for the app to show, and for the test to look at.
		if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
			complaints.push(message.text());
	});
	page.on('request', request => {
		const {protocol, host: asked} = new URL(request.url());
		if (protocol !== 'blob:' && protocol !== 'data:' && asked !== host) complaints.push(`asked ${request.url()}`);
	});
	return complaints;
}

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What would keep somebody from using this screen, as far as a program can tell (WCAG 2.2 A and AA). */
async function barriersOn(page: Page): Promise<string[]> {
	await page.evaluate(axe);
	// Its rule on the size of targets takes what a sticky bar covers at this moment of scrolling for small.
	const {violations} = await page.evaluate<{
		violations: {id: string; nodes: {target: string[]; failureSummary: string}[]}[];
	}>(
		"axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], rules: {'target-size': {enabled: false}}})",
	);
	return violations.flatMap(({id, nodes}) =>
		nodes.map(({target, failureSummary}) => `${id} at ${target.join(' ')}: ${failureSummary.replaceAll(/\s+/g, ' ')}`),
	);
}

/** Makes an account by the form that is open, as a person does. */
export async function register(page: Page, {name, email}: {name: string; email: string}): Promise<void> {
	await page.getByLabel('Your name').fill(name);
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password', {exact: true}).fill(PASSWORD);
	await page.getByRole('button', {name: 'Create account'}).click();
	await page.getByRole('heading', {name: 'Foods', exact: true}).waitFor();
}

export const PASSWORD = 'warm bread at seven';
