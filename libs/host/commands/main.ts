import {StartupError} from '@hearth/ports/startup-error.js';
import {Command, CommanderError} from 'commander';
import {discoverPlugins} from '../discover.js';
import {PublicError} from '../errors.js';
import {dataFolder, outsidePlugins} from '../platform-settings.js';
import {readSettings, SettingsError} from '../settings.js';
import {doctor} from './doctor.js';
import {loadEnvironment} from './environment.js';
import {migrate} from './migrate.js';
import {newPlugin} from './new-plugin.js';
import {nginx} from './nginx.js';
import {addPluginCommands} from './plugin-commands.js';
import {plugins} from './plugins.js';
import {secrets} from './secrets.js';
import {serve} from './serve.js';
import {settings} from './settings.js';
import type {Shell} from './shell.js';
import {Interrupted} from './stop-signal.js';

/** Not a mistake of the person at the machine but of ours: EX_SOFTWARE of sysexits.h. */
const OUR_MISTAKE = 70;

/** Runs one command of `hearth` for the house at `root`; answers the exit code. What went wrong is on standard error. */
export async function main(argv: readonly string[], root: URL): Promise<number> {
	try {
		await programFor(await shellFor(root)).parseAsync(argv, {from: 'user'});
		return typeof process.exitCode === 'number' ? process.exitCode : 0;
	} catch (error) {
		return report(error);
	}
}

async function shellFor(root: URL): Promise<Shell> {
	const environment = loadEnvironment(root);
	// Which plugins there are is known before their settings can be read.
	const first = readSettings([dataFolder, outsidePlugins], environment);
	const discovered = await discoverPlugins({root, outside: first.get(outsidePlugins), data: first.get(dataFolder)});
	return {root, environment, discovered, print: line => console.log(line), say: line => console.error(line)};
}

function programFor(shell: Shell): Command {
	const program = new Command('hearth')
		.description("A household's own health server")
		.exitOverride()
		.showHelpAfterError('(--help shows what there is)')
		.configureHelp({showGlobalOptions: false});
	for (const command of [serve, migrate, settings, plugins, newPlugin, nginx, secrets, doctor]) command(program, shell);
	addPluginCommands(program, shell);
	return program;
}

function report(error: unknown): number {
	// commander has said it already, asking for help is not a failure; and who stops a command knows that they did.
	if (error instanceof CommanderError || error instanceof Interrupted) return error.exitCode;
	if (error instanceof PublicError || error instanceof SettingsError || error instanceof StartupError) {
		console.error(error.message);
		return 1;
	}
	console.error(error);
	return OUR_MISTAKE;
}
