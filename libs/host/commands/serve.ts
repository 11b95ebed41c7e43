import {get} from 'node:http';
import {setTimeout as wait} from 'node:timers/promises';
import {StartupError} from '@hearth/ports/startup-error.js';
import type {Ready} from '../ready.js';
import type {House} from '../serve.js';
import type {AddCommand, Shell} from './shell.js';
import {stopSignal} from './stop-signal.js';

// Parts that come later (a database in another container) are waited for this long before we say that they are missing.
const READY_PATIENCE_MS = 30_000;
const READY_EVERY_MS = 500;

export const serve: AddCommand = (program, shell) => {
	program
		.command('serve')
		.description('runs the house: all plugins in this process, or only those named')
		.argument('[plugin...]', 'names of plugins, as `hearth plugins` lists them')
		.action((names: string[]) => run(names, shell));
};

async function run(names: readonly string[], {discovered, environment, print}: Shell): Promise<void> {
	const {plugins, failed, outside} = discovered;
	for (const {name, reason} of failed) {
		if (names.includes(name)) throw new StartupError(`The plugin ${name} cannot run: ${reason}`);
	}
	const {asked, stopping} = stopSignal();
	const {serve: start} = await import('../serve.js');
	const house = await start({
		plugins,
		outside,
		only: names.length > 0 ? names : undefined,
		failed: names.length > 0 ? [] : failed,
		environment,
		say: print,
	});
	const failure = ourMistake();
	if (!stopping.aborted) await tellWhenReady(house, print, stopping);
	const ended = await Promise.race([asked, failure]);
	if (ended !== 'failed') print('Stopping: what is under way is finished first.');
	await house.stop();
	if (ended === 'failed') process.exitCode = 70;
}

/** A mistake nobody caught leaves the process in a state nobody knows: it is shown, and the house closes in order. */
function ourMistake(): Promise<'failed'> {
	return new Promise(resolve => {
		process.on('uncaughtException', error => {
			console.error(error);
			resolve('failed');
		});
	});
}

async function tellWhenReady({url}: House, print: (line: string) => void, stopping: AbortSignal): Promise<void> {
	const until = performance.now() + READY_PATIENCE_MS;
	for (;;) {
		const state = await readiness(url);
		if (state.status === 'ready') {
			print(`Hearth is open at ${url}`);
			return;
		}
		if (stopping.aborted) return;
		if (performance.now() > until) {
			const down = Object.entries({...state.dependencies, ...state.plugins}).filter(
				([, {status}]) => status === 'down',
			);
			print(`Hearth runs at ${url}, but not all of it:`);
			for (const [name, {reason}] of down) print(`  ${name} is down: ${reason}`);
			return;
		}
		await wait(READY_EVERY_MS);
	}
}

/** Asks as any watcher would, from outside. */
function readiness(url: string): Promise<Ready> {
	return new Promise((resolve, reject) => {
		get(`${url}/ready`, response => {
			let text = '';
			response
				.setEncoding('utf8')
				.on('data', part => {
					text += part;
				})
				.on('end', () => resolve(JSON.parse(text)))
				.on('error', reject);
		}).on('error', reject);
	});
}
