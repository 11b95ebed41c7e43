import type {AddCommand} from './shell.js';

export const migrate: AddCommand = (program, {discovered: {plugins}, environment, print, say}) => {
	program
		.command('migrate')
		.description('brings the database up to date; serving does so by itself')
		.action(async () => {
			const {openContext} = await import('../serve.js');
			// Opening a context is what migrates; a running house is joined.
			const {close} = await openContext({plugins, environment, guest: true, say});
			await close();
			const migrated = plugins.filter(({migrations}) => migrations !== undefined).map(({name}) => name);
			print(`The database is up to date: ${['platform', ...migrated].join(', ')}.`);
		});
};
