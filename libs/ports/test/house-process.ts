import {pathToFileURL} from 'node:url';
import {openEmbeddedPostgres} from '../drivers/embedded-postgres.js';
import {BUS_MIGRATIONS, openInProcessBus} from '../drivers/in-process-bus.js';

// A process of its own for the tests that kill one: `node house-process.js <what> <data folder>`. It tells its parent how far it is.

const [what, data_folder = ''] = process.argv.slice(2);
const log = {info() {}, warn() {}, error() {}};
const tell = (message: object) => process.send?.(message);
const forever = new Promise(() => {});

try {
	const database = await openEmbeddedPostgres({data_folder, guest: what === 'guest', say() {}, log});
	await database.migrate('bus', BUS_MIGRATIONS);
	process.on('message', async message => {
		if (message === 'close') {
			await database.close();
			process.disconnect();
		}
		if (message === 'exit') process.exit(3);
	});
	if (what === 'serve' || what === 'guest') tell({ready: true});

	if (what === 'migration') {
		tell({ready: true});
		await database.migrate('zoo', pathToFileURL(`${process.argv[4]}/`));
	}

	if (what === 'transaction') {
		await database.run(`insert into bus.groups values ('a', 'committed')`);
		await database.transaction(async tx => {
			await tx.run(`insert into bus.groups values ('a', 'not committed')`);
			tell({ready: true});
			await forever;
		});
	}

	if (what === 'delivery') {
		const bus = await openInProcessBus({database, log});
		await bus.subscribe('label.read', {
			group: 'food',
			backoff_ms: () => 10,
			handle: async ({payload}) => {
				if (payload !== 'second') return;
				tell({ready: true});
				await forever;
			},
		});
		for (const text of ['first', 'second', 'third']) await bus.publish('label.read', text, {id: text});
	}
} catch (error) {
	tell({failed: (error as Error).message, name: (error as Error).name});
	process.disconnect?.();
}
