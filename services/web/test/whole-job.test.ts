import {leftOut} from '@hearth/ports/contract/left-out.js';
import test from 'ava';
import {chromiumPath, DESK, PHONE, theHouse} from './browser.js';
import {labelToFood} from './label-to-food.js';

const browserTest = chromiumPath === undefined ? null : test;
if (browserTest === null)
	leftOut(test, 'the app in a browser', 'there is no Chromium; "apt-get install chromium" brings it');

const wholeJob = test.macro({
	title: (_, viewport: {width: number; height: number}) =>
		`from a photographed label to a food that search finds, on ${viewport.width} × ${viewport.height}`,
	async exec(t, viewport: {width: number; height: number}) {
		t.timeout(180_000);
		await labelToFood(t, await theHouse(t), viewport);
	},
});

browserTest?.serial(wholeJob, PHONE);
browserTest?.serial(wholeJob, DESK);
