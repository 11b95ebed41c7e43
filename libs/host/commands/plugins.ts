import type {Plugin} from '../plugin.js';
import type {AddCommand} from './shell.js';
import {table} from './table.js';

export const plugins: AddCommand = (program, {discovered, print}) => {
	program
		.command('plugins')
		.description('lists the plugins, what each adds, and those that cannot run with the reason')
		.option('--routes', 'every route as well')
		.action(({routes}: {routes?: true}) => {
			const {plugins: found, failed, sources} = discovered;
			const rows = found.map(plugin => [
				plugin.name,
				sources.get(plugin.name) ?? '',
				...counts(plugin).map(String),
				plugin.summary,
			]);
			for (const line of table([['name', 'from', 'routes', 'calls', 'events', 'jobs', 'commands', ''], ...rows]))
				print(line);
			if (routes === true) {
				print('');
				const all = found.flatMap(({name, routes: own = []}) =>
					own.map(({method, path, role, summary}) => [name, method, path, String(role), summary]),
				);
				for (const line of table([['plugin', 'method', 'path', 'role', ''], ...all])) print(line);
			}
			if (failed.length > 0) print('\nCannot run:');
			for (const {name, source, reason} of failed) print(`  ${name} (${source}): ${reason}`);
		});
};

const counts = ({routes = [], calls = [], events = [], jobs = [], commands = []}: Plugin) =>
	[routes, calls, events, jobs, commands].map(list => list.length);
