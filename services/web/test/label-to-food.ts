import type {ExecutionContext} from 'ava';
import type {Page} from 'playwright-core';
import {aBrowser, register} from './browser.js';
import {labelPhoto, PRINTED} from './label-photo.js';

const field = (nutrient: string) => `#value-${nutrient}`;

/** How far the picture is zoomed in, by the size it is drawn at. */
const pictureWidth = async (page: Page) =>
	(await page.getByRole('img', {name: 'Your photo of the label'}).boundingBox())?.width ?? 0;

/**
 * From a photographed label to a food that search finds, in a browser, by two people of a house that nobody has entered yet. Whoever
 * comes from outside needs its `setup_code`.
 */
export async function labelToFood(
	t: ExecutionContext,
	{url, setup_code}: {url: string; setup_code?: string},
	viewport: {width: number; height: number},
): Promise<void> {
	const visit = await aBrowser(t, url);

	// The first to come in is the admin, and invites somebody.
	const maria = await visit(viewport);
	await maria.page.goto(url);
	await maria.page.getByRole('heading', {name: 'Welcome to your Hearth'}).waitFor();
	await maria.shoot('01-first-account');
	if (setup_code !== undefined) await maria.page.getByLabel('Setup code').fill(setup_code);
	await register(maria.page, {name: 'Maria', email: 'maria@example.org'});
	await maria.page.getByRole('link', {name: 'Household'}).click();
	await maria.page.getByRole('button', {name: 'Make a link'}).click();
	const link = await maria.page.getByLabel('Invitation link').inputValue();
	await maria.shoot('02-household');

	const jonas = await visit(viewport);
	await jonas.page.goto(link);
	await jonas.page.getByRole('heading', {name: 'You are invited'}).waitFor();
	await jonas.shoot('03-invited');
	await register(jonas.page, {name: 'Jonas', email: 'jonas@example.org'});
	t.is(await jonas.page.getByRole('link', {name: 'Approve'}).count(), 0, 'a member has no queue');

	// He photographs a label, and says what it is while it is being read.
	await jonas.page.getByRole('link', {name: 'Photograph', exact: true}).click();
	await jonas.page.getByText('Take a photo').waitFor();
	await jonas.shoot('04-choose');
	await jonas.page
		.getByLabel('Choose a picture')
		.setInputFiles({name: 'oats.jpg', mimeType: 'image/jpeg', buffer: await labelPhoto()});
	await jonas.page.getByRole('img', {name: 'Your photo of the label'}).waitFor();
	await jonas.page.getByLabel('Name').fill('Rolled oats');
	await jonas.page.getByLabel('Brand').fill('Mill & Field');
	await jonas.shoot('05-reading');
	const send = jonas.page.getByRole('button', {name: 'Send for approval'});
	await send.waitFor({timeout: 90_000});
	await jonas.shoot('06-read');

	const read = await Promise.all(
		Object.entries(PRINTED).map(async ([nutrient, value]) => {
			const shown = await jonas.page.locator(field(nutrient)).inputValue();
			return shown === new Intl.NumberFormat('de-DE', {useGrouping: false}).format(value);
		}),
	);
	t.true(read.filter(right => right).length >= 6, `most of what is printed was read, not ${read}`);

	// Touching a field shows its place; what was misread is typed over, with a German comma.
	const whole = await pictureWidth(jonas.page);
	await jonas.page.locator(field('fat_g')).focus();
	await jonas.page.locator('button[data-active]').waitFor({state: 'attached'});
	t.true((await pictureWidth(jonas.page)) > whole, 'the picture comes closer');
	await jonas.shoot('07-field');
	for (const [nutrient, value] of Object.entries(PRINTED)) {
		await jonas.page.locator(field(nutrient)).fill(String(value).replace('.', ','));
	}
	await jonas.page.locator(field('salt_g')).fill('0,03');
	// What was read with doubt and is right is said to be so, one after the other.
	const right = jonas.page.getByRole('button', {name: 'Looks right'});
	while ((await right.count()) > 0) await right.first().click();
	await jonas.shoot('08-corrected');
	await send.click();
	await jonas.page.getByText('Waiting for approval').first().waitFor();
	await jonas.shoot('09-waiting');

	// The admin sees the picture beside what was read and what was sent, and approves.
	await maria.page.getByRole('link', {name: 'Approve'}).click();
	await maria.page.getByRole('link', {name: /^Rolled oats/}).waitFor();
	await maria.shoot('10-queue');
	await maria.page.getByRole('link', {name: /^Rolled oats/}).click();
	await maria.page.getByRole('img', {name: 'Photo of the label of Rolled oats'}).waitFor();
	await maria.page.getByText('Jonas').waitFor();
	await maria.page.getByRole('button', {name: 'Salt'}).click();
	t.regex((await maria.page.getByRole('row', {name: /^Salt/}).textContent()) ?? '', /0,03 g/);
	await maria.shoot('11-review');
	await maria.page.getByRole('button', {name: 'Approve', exact: true}).click();
	await maria.page.getByText('All done').waitFor();

	// Everybody finds it now, misspelt too.
	await jonas.page.getByRole('link', {name: 'Foods', exact: true}).click();
	await jonas.page.getByRole('searchbox').fill('roled oats');
	await jonas.page.getByText(/^(\d+ foods? found|The first \d+ foods)$/).waitFor();
	const found = jonas.page.getByRole('link', {name: /Rolled oats.*Mill & Field/});
	await jonas.shoot('12-found');
	await found.click();
	await jonas.page.getByText('Verified').waitFor();
	t.regex((await jonas.page.getByRole('row', {name: /Salt/}).textContent()) ?? '', /0,03 g/);
	t.regex((await jonas.page.getByRole('row', {name: /Fibre/}).textContent()) ?? '', /10,4 g/);
	await jonas.shoot('13-food');
	t.deepEqual([...maria.complaints, ...jonas.complaints], []);
}
