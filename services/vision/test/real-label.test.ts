import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import test from 'ava';
import {z} from 'zod';
import {aVisionHouse} from './house.js';

// Photographs that do not belong to the product lie beside the checkout on machines that measure with them.
const folder = new URL('../../../../shared/labels/', import.meta.url);
const truths = z.array(
	z.looseObject({
		file: z.string(),
		quality: z.string(),
		bases: z.record(z.string(), z.record(z.string(), z.number().nullable())).optional(),
		basis: z.string().optional(),
		fields: z.record(z.string(), z.number().nullable()).optional(),
	}),
);
const real = existsSync(folder) ? test : test.skip;

real('a real photograph, clean and upright, is read right for the most part', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const [truth] = truths
		.parse(JSON.parse(await readFile(new URL('truth.json', folder), 'utf8')))
		.filter(({quality}) => quality === 'clean');
	const {id} = (await upload(await readFile(new URL(`images/${truth?.file}`, folder)), anna)).data;
	t.like(await untilRead(id, anna), {status: 'done'});
	const {data} = await house.get(`/api/v1/images/${id}/result`, anna);
	const printed = Object.entries(truth?.bases?.[data.basis] ?? truth?.fields ?? {}).filter(
		([, value]) => value !== null,
	);
	const right = printed.filter(([field, value]) => data.fields[field] === value);
	t.true(right.length >= printed.length / 2, `${right.length} of ${printed.length} of ${truth?.file}`);
});
