import {route} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {type Glass, glass, glassAdded, newGlass} from './contract.js';

/** Kept for the person who is signed in. The event leaves with the row's commit, or not at all. */
export const addGlass = route('POST', '/api/v1/water/glasses', {
	summary: 'Adds to the glasses of a day',
	role: 'member',
	body: newGlass,
	data: glass,
	status: 201,
	handle: ({body: {date, amount, note}, user}, {db, now}) =>
		db.as(user.id, async tx => {
			const added = await tx.one<Glass>(
				`insert into water.glasses (id, user_id, date, amount, note, created_at)
				values ($1, $2, $3, $4, $5, $6)
				returning id, date, amount, note, created_at`,
				[uuidv7(), user.id, date, amount, note, new Date(now())],
			);
			await tx.publish(glassAdded, {id: added.id, user_id: user.id, date});
			return added;
		}),
});
