import {main} from './commands/main.js';

// `node libs/host/hearth.js <command>`; `npm run hearth -- <command>` installs and builds what is missing first.

const code = await main(process.argv.slice(2), new URL('../../', import.meta.url));
// What was printed into a pipe may not have left yet, and an exit would take it along. Whoever closed the pipe wants no more of it.
for (const stream of [process.stdout, process.stderr]) {
	await new Promise<void>(resolve => {
		stream.once('error', () => resolve());
		stream.write('', () => resolve());
	});
}
process.exit(code);
