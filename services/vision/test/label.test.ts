import test from 'ava';
import {aVisionHouse} from './house.js';
import {labelJpeg} from './label-picture.js';

test.serial('a photograph of a label becomes values with confidence and places', async t => {
	const {house, upload, untilRead} = await aVisionHouse(t);
	const anna = await house.person();
	const uploaded = await upload(await labelJpeg(), anna);
	t.is(uploaded.status, 202);
	const {id, status_url, result_url} = uploaded.data;
	t.deepEqual([status_url, result_url], [`/api/v1/images/${id}/status`, `/api/v1/images/${id}/result`]);
	t.like(await untilRead(id, anna), {id, status: 'done', progress: 1});
	const {status, data} = await house.get(result_url, anna);
	t.is(status, 200);
	t.like(data, {id, basis: 'per_100g', fields: {energy_kcal: 373, energy_kj: 1569, carbohydrate_g: 58.5}});
	t.deepEqual(data.bases[data.basis], data.fields);
	for (const field of Object.keys(data.fields)) {
		t.true(data.confidence[field] > 0 && data.confidence[field] <= 1, field);
		t.true(data.boxes[field].x > 0.4 && data.boxes[field].x < 0.7, field);
	}
});
