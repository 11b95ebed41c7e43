import {build} from './build.mjs';
import {install} from './install.mjs';
import {Stop, say} from './say.mjs';
import {becomeHost, bench} from './start.mjs';
import {takeTurn} from './turn.mjs';

const commands = {
	start: {run: () => becomeHost(['serve']), strict: false},
	hearth: {run: becomeHost, strict: false},
	test: {run: async args => (await import('./test.mjs')).test(args), strict: true},
	bench: {run: bench, strict: true},
	build: {run: () => {}, strict: true},
};

/** Installs and builds what is not current, then does what was asked. */
export async function main([name, ...args]) {
	try {
		const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
		if (command === undefined) {
			throw new Stop(`Say what to do: node deploy/run.mjs ${Object.keys(commands).join(' | ')}`);
		}
		await prepare(command);
		await command.run(args);
	} catch (error) {
		if (!(error instanceof Stop)) throw error;
		say(error.message);
		process.exitCode = 1;
	}
}

/**
 * `strict`: a build that fails ends it. Otherwise it is shown, and what there is runs: tsc emits in spite of a wrong type, and one
 * package that does not build, such as a household's own, must not keep the house closed.
 */
async function prepare({strict}) {
	const steps = [install, options => build({...options, strict})];
	if ((await Promise.all(steps.map(step => step({check: true})))).every(Boolean)) return;
	const release = await takeTurn();
	try {
		for (const step of steps) await step({check: false});
	} finally {
		release();
	}
}
