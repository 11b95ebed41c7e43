import {leftOut} from '@hearth/ports/contract/left-out.js';
import test from 'ava';
import {aBrowser, chromiumPath, DESK, PHONE, register, theHouse} from './browser.js';

const browserTest = chromiumPath === undefined ? null : test;
if (browserTest === null)
	leftOut(test, 'what the app says when it is refused', 'there is no Chromium; "apt-get install chromium" brings it');

browserTest?.serial(
	'a file that is no picture is refused in the server’s words, which are still there after a reload',
	async t => {
		t.timeout(60_000);
		const {url} = await theHouse(t);
		const visit = await aBrowser(t, url);
		const {page, shoot, complaints} = await visit(PHONE);
		await page.goto(url);
		await register(page, {name: 'Maria', email: 'maria@example.org'});
		await page.getByRole('link', {name: 'Photograph', exact: true}).click();
		await page
			.getByLabel('Choose a picture')
			.setInputFiles({name: 'label.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Energy 1578 kJ')});
		const alert = page.getByRole('alert');
		await alert.getByText('The picture was not sent').waitFor();
		const said = (await alert.textContent()) ?? '';
		t.regex(said, /JPEG/);
		await shoot('refused-01-no-picture');
		await page.reload();
		t.is((await alert.textContent()) ?? '', said);
		await alert.getByRole('button', {name: 'Take another photo'}).click();
		await page.getByText('Take a photo').waitFor();
		t.is(await page.getByText('Not finished yet').count(), 0);
		t.deepEqual(complaints, []);
	},
);

browserTest?.serial(
	'a food that is typed goes to the queue, is rejected with a reason, and its author reads the reason',
	async t => {
		t.timeout(60_000);
		const {url} = await theHouse(t);
		const visit = await aBrowser(t, url);
		const {page, shoot, complaints} = await visit(DESK);
		await page.goto(url);
		await register(page, {name: 'Maria', email: 'maria@example.org'});
		await page.getByRole('link', {name: 'Photograph', exact: true}).click();
		await page.getByRole('link', {name: 'Type the values instead'}).click();
		await page.getByLabel('Name').fill('Plum jam');
		await page.locator('#value-sugars_g').fill('1.234');
		await page.getByRole('button', {name: 'Send for approval'}).click();
		await page.getByText('Is the sign for decimals or for thousands?').waitFor();
		await page.locator('#value-sugars_g').fill('61,2 g');
		await page.locator('#value-carbohydrate_g').fill('12');
		await shoot('refused-02-typed');
		await page.getByRole('button', {name: 'Send for approval'}).click();
		await page.getByText('Worth a second look').waitFor();

		await page
			.getByRole('navigation')
			.getByRole('link', {name: /^Approve/})
			.click();
		await page.getByRole('link', {name: /^Plum jam/}).click();
		await page.getByText('Typed in without a picture.').waitFor();
		await page.getByRole('button', {name: 'Reject'}).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByRole('button', {name: 'Reject'}).click();
		await dialog.getByText('Give a reason').waitFor();
		await dialog.getByLabel('Reason').fill('More sugars than carbohydrate');
		await shoot('refused-03-reason');
		await dialog.getByRole('button', {name: 'Reject'}).click();
		await page.getByText('All done').waitFor();

		await page.getByRole('link', {name: 'Photograph', exact: true}).click();
		await page.getByRole('link', {name: /^Plum jam.*Not accepted/}).click();
		await page.getByText('More sugars than carbohydrate').waitFor();
		await shoot('refused-04-rejection');
		t.deepEqual(complaints, []);
	},
);
