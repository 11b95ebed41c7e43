import {leftOut} from '@hearth/ports/contract/left-out.js';
import test from 'ava';
import {aBrowser, chromiumPath, DESK, PHONE, register, theHouse} from './browser.js';
import {labelPhoto} from './label-photo.js';

const browserTest = chromiumPath === undefined ? null : test;
if (browserTest === null)
	leftOut(test, 'the app without a connection', 'there is no Chromium; "apt-get install chromium" brings it');

browserTest?.serial(
	'what is photographed and typed without a connection is kept, and the picture leaves when it is back',
	async t => {
		t.timeout(120_000);
		const {url} = await theHouse(t);
		const visit = await aBrowser(t, url);
		const {page, context, shoot, complaints} = await visit(PHONE, 'dark');
		await page.goto(url);
		await register(page, {name: 'Maria', email: 'maria@example.org'});
		await page.getByRole('link', {name: 'Photograph', exact: true}).click();
		// The code of every page comes by itself a moment after the first one.
		await page.waitForLoadState('networkidle');

		await context.setOffline(true);
		await page.getByText('No connection to your Hearth').waitFor();
		await page
			.getByLabel('Choose a picture')
			.setInputFiles({name: 'oats.jpg', mimeType: 'image/jpeg', buffer: await labelPhoto()});
		await page.getByText('Not sent yet').waitFor();
		await page.getByLabel('Name').fill('Rolled oats');
		await page.getByLabel('Brand').fill('Mill & Field');
		await shoot('away-01-offline');

		await context.setOffline(false);
		await page.getByText(/Reading the label|Waiting for the reader/).waitFor();
		t.is(await page.getByText('No connection to your Hearth').count(), 0);

		// The tab is closed and opened again before it is read: everything is there.
		await page.reload();
		await page.getByRole('heading', {name: 'Rolled oats'}).waitFor();
		t.is(await page.getByLabel('Brand').inputValue(), 'Mill & Field');
		await page.getByRole('img', {name: 'Your photo of the label'}).waitFor();
		await page.getByRole('link', {name: 'Back'}).click();
		await page.getByText('Not finished yet').waitFor();
		await shoot('away-02-unfinished');

		// Nobody else who signs in on this device sees it.
		await page.getByRole('link', {name: 'You', exact: true}).click();
		await page.getByRole('button', {name: 'Sign out', exact: true}).click();
		await page.getByRole('heading', {name: 'Welcome back'}).waitFor();
		await shoot('away-03-signed-out');
		t.deepEqual(complaints, []);
	},
);

browserTest?.serial(
	'an access token that ended is renewed once, however many calls wait for it, and nobody is signed out',
	async t => {
		t.timeout(60_000);
		let ahead_ms = 0;
		const {url} = await theHouse(t, {now: () => Date.now() + ahead_ms});
		const visit = await aBrowser(t, url);
		const {page} = await visit(DESK);
		await page.goto(url);
		await register(page, {name: 'Maria', email: 'maria@example.org'});
		await page.waitForLoadState('networkidle');

		const renewals: number[] = [];
		page.on('response', response => {
			if (response.url().endsWith('/auth/refresh')) renewals.push(response.status());
		});
		ahead_ms = 20 * 60_000;
		// The account's page asks for the devices, the way there for the queue.
		await page.getByRole('link', {name: 'You', exact: true}).click();
		await page.getByText('this device', {exact: true}).waitFor();
		await page.getByRole('link', {name: 'Approve'}).click();
		await page.getByText('All done').waitFor();
		t.deepEqual(renewals, [200]);
	},
);

browserTest?.serial('a session that was ended elsewhere leads to the sign-in, and back to where one was', async t => {
	t.timeout(60_000);
	const {url, ask} = await theHouse(t);
	const visit = await aBrowser(t, url);
	const {page, shoot, complaints} = await visit(PHONE, 'dark');
	await page.goto(url);
	await register(page, {name: 'Maria', email: 'maria@example.org'});
	await page.getByRole('link', {name: 'Household'}).click();
	await page.getByText('maria@example.org').waitFor();

	const elsewhere = await ask('POST', '/api/v1/auth/login', {
		body: {email: 'maria@example.org', password: 'warm bread at seven'},
	});
	const maria = {
		id: elsewhere.data.user.id,
		household_id: elsewhere.data.user.household_id,
		token: elsewhere.data.access_token,
	};
	const devices = await ask('GET', '/api/v1/users/me/devices', {as: maria});
	const phone = devices.data.find((device: {current: boolean}) => !device.current);
	t.is((await ask('DELETE', `/api/v1/users/me/devices/${phone.id}`, {as: maria})).status, 204);

	await page.getByRole('button', {name: 'Make a link'}).click();
	await page.getByText('You were signed out').waitFor();
	await shoot('away-04-ended');
	await page.getByLabel('E-mail').fill('maria@example.org');
	await page.getByLabel('Password', {exact: true}).fill('not the password');
	await page.getByRole('button', {name: 'Sign in'}).click();
	await page.getByText(/^Request [0-9a-f-]+$/).waitFor();
	await shoot('away-05-refused');
	await page.getByLabel('Password', {exact: true}).fill('warm bread at seven');
	await page.getByRole('button', {name: 'Sign in'}).click();
	await page.getByRole('heading', {name: 'Household'}).waitFor();
	t.deepEqual(complaints, []);
});
