import {freshDatabase} from '@hearth/ports/test-database.js';
import test from 'ava';
import {applyIn} from '../../apply.js';
import {collections, MIGRATIONS} from '../a-space.js';
import type {MemorySpace} from './memory-store.js';
import {STEPS} from './simulate.js';
import {World} from './world.js';

const SEEDS = 12;

test('the store of the simulation comes to what PostgreSQL comes to, row for row', async t => {
	t.timeout(120_000);
	const {database, close} = await freshDatabase({
		template: {key: 'records', prepare: prepared => prepared.migrate('records', MIGRATIONS)},
	});
	t.teardown(close);
	for (let seed = 1; seed <= SEEDS; seed += 1) {
		const world = new World(seed);
		await world.run(STEPS);
		for (const commit of world.commits) {
			await database.as(commit.space_id, async tx => {
				if ('mutations' in commit) {
					await applyIn(tx, collections, {...commit, actor_id: commit.space_id});
					return;
				}
				await tx.run('delete from records.records where deleted_at is not null and version <= $1', [commit.floor]);
				await tx.run('update records.heads set floor = greatest(floor, $1::bigint)', [commit.floor]);
			});
		}
		for (const {space_id} of world.people) {
			const rows = (query: string) =>
				database.as(space_id, async tx => (await tx.many<{row: unknown}>(query)).map(({row}) => row));
			const space = world.store.space(space_id);
			t.deepEqual(await rows(RECORDS), recordsOf(space), `records of seed ${seed}`);
			t.deepEqual(await rows(CHANGES), changesOf(space), `changes of seed ${seed}`);
			t.deepEqual(await rows(MUTATIONS), mutationsOf(space), `mutations of seed ${seed}`);
			t.deepEqual(await rows(SUMS), sumsOf(space), `checksums of seed ${seed}`);
			await database.as(space_id, async tx => {
				for (const table of ['records', 'changes', 'mutations', 'conflicts', 'checksums', 'heads']) {
					await tx.run(`delete from records.${table}`);
				}
			});
		}
	}
});

const RECORDS = `select jsonb_build_array(collection, id, data, field_versions, version, deleted_at is not null) as row
	from records.records order by version`;
const recordsOf = ({records}: MemorySpace) =>
	[...records.values()]
		.sort((one, other) => one.version - other.version)
		.map(({collection, id, data, stamps, version, is_deleted}) => [collection, id, data, stamps, version, is_deleted]);

const CHANGES = `select jsonb_build_array(version, collection, record_id, op, data, previous, sent, prior_version, device_id, mutation_id,
		(extract(epoch from server_timestamp) * 1000)::bigint) as row
	from records.changes order by version`;
const changesOf = ({changes}: MemorySpace) =>
	[...changes.values()]
		.sort((one, other) => one.version - other.version)
		.map(one => [
			one.version,
			one.collection,
			one.record_id,
			one.op,
			one.data,
			one.previous,
			one.sent,
			one.prior_version,
			one.device_id,
			one.mutation_id,
			one.at_ms,
		]);

const MUTATIONS = `select jsonb_build_array(device_id || E'\\n' || id, encode(hash, 'hex'), status, version, lost, conflict_id is null) as row
	from records.mutations order by device_id || E'\\n' || id collate "C"`;
const mutationsOf = ({mutations}: MemorySpace) =>
	[...mutations]
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([key, {hash, status, version, lost, conflict_id}]) => [
			key,
			hash,
			status,
			version,
			lost,
			conflict_id === null,
		]);

const SUMS = 'select jsonb_build_array(collection, count, sum) as row from records.checksums order by collection';
const sumsOf = ({sums}: MemorySpace) => [...sums].map(([name, {count, sum}]) => [name, count, sum]);
