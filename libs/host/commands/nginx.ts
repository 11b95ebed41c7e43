import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {StartupError} from '@hearth/ports/startup-error.js';
import {nginxConf} from '../nginx-conf.js';
import type {AddCommand} from './shell.js';

export const nginx: AddCommand = (program, {root, discovered, print}) => {
	const file = fileURLToPath(new URL('nginx/hearth.conf', root));
	program
		.command('nginx')
		.description('makes nginx/hearth.conf from the routes of the plugins under services/')
		.option('--print', 'prints it and writes nothing')
		.option('--check', 'fails where nginx/hearth.conf is not what would be made')
		.action(({print: only, check}: {print?: true; check?: true}) => {
			const {plugins, failed, outside} = discovered;
			const broken = failed.filter(({source}) => source.startsWith('services/'));
			if (broken.length > 0) {
				throw new StartupError(
					`nginx/hearth.conf needs the routes of every plugin, and these cannot be read:\n${broken.map(({source, reason}) => `  ${source}: ${reason}`).join('\n')}`,
				);
			}
			// Plugins from outside are reached through the fallback, so that the file is the same in every house.
			const text = nginxConf(plugins.filter(({name}) => !outside.includes(name)));
			if (only === true) {
				process.stdout.write(text);
			} else if (check === true) {
				if (current(file) !== text)
					throw new StartupError('nginx/hearth.conf is not current. Make it anew: npm run hearth -- nginx');
				print('nginx/hearth.conf is current.');
			} else {
				writeFileSync(file, text);
				print('Wrote nginx/hearth.conf.');
			}
		});
};

function current(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}
