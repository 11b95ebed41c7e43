import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {StartupError} from '@hearth/ports/startup-error.js';
import {nginxConf, nginxUpstreams} from '../nginx-conf.js';
import type {AddCommand} from './shell.js';

export const nginx: AddCommand = (program, {root, discovered, print}) => {
	program
		.command('nginx')
		.description('makes nginx/hearth.conf and nginx/upstreams from the routes of the plugins under services/')
		.option('--print', 'prints nginx/hearth.conf and writes nothing')
		.option('--check', 'fails where one of the files is not what would be made')
		.action(({print: only, check}: {print?: true; check?: true}) => {
			const {plugins, failed, outside} = discovered;
			const broken = failed.filter(({source}) => source.startsWith('services/'));
			if (broken.length > 0) {
				throw new StartupError(
					`nginx/hearth.conf needs the routes of every plugin, and these cannot be read:\n${broken.map(({source, reason}) => `  ${source}: ${reason}`).join('\n')}`,
				);
			}
			// Plugins from outside are reached through the fallback, so that the files are the same in every house.
			const own = plugins.filter(({name}) => !outside.includes(name));
			const conf = nginxConf(own);
			const files = {
				'nginx/hearth.conf': conf,
				...Object.fromEntries(
					Object.entries(nginxUpstreams(own)).map(([name, text]) => [`nginx/upstreams/${name}`, text]),
				),
			};
			if (only === true) {
				process.stdout.write(conf);
			} else if (check === true) {
				for (const [file, text] of Object.entries(files)) {
					if (current(new URL(file, root)) !== text)
						throw new StartupError(`${file} is not current. Make it anew: npm run hearth -- nginx`);
				}
				print('What is in nginx/ is current.');
			} else {
				mkdirSync(new URL('nginx/upstreams/', root), {recursive: true});
				for (const [file, text] of Object.entries(files)) {
					writeFileSync(new URL(file, root), text);
					print(`Wrote ${file}.`);
				}
			}
		});
};

function current(file: URL): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}
