import type {AddCommand} from './shell.js';
import {withContext} from './with-context.js';

export const migrate: AddCommand = (program, shell) => {
	program
		.command('migrate')
		.description('brings the database up to date; serving does so by itself')
		.action(async () => {
			// Opening is what migrates.
			await withContext(shell, async () => {});
			const migrated = shell.discovered.plugins.filter(({migrations}) => migrations !== undefined);
			shell.print(`The database is up to date: ${['platform', ...migrated.map(({name}) => name)].join(', ')}.`);
		});
};
