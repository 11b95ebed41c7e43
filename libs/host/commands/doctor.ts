import {constants, existsSync} from 'node:fs';
import {access, mkdir, statfs} from 'node:fs/promises';
import {get} from 'node:http';
import {createServer} from 'node:net';
import path from 'node:path';
import type {Ports} from '@hearth/ports/open.js';
import {busUrl, cacheUrl, databaseUrl, dataFolder, host, objectsUrl, port} from '../platform-settings.js';
import {readSettings, type Settings, SettingsError} from '../settings.js';
import {withKeyToCome} from './environment.js';
import type {AddCommand, Shell} from './shell.js';
import {Interrupted, stopSignal} from './stop-signal.js';

/** Below this an upload, a backup or the database's own log may fail any day. */
const LOW_DISK_BYTES = 1_000_000_000;

/** `advice` says what to do where something is wrong. */
type Finding = {about: string; says: string} & ({well: true} | {well: false; advice: string});
const well = (about: string, says: string): Finding => ({about, says, well: true});
const ill = (about: string, says: string, advice: string): Finding => ({about, says, advice, well: false});

export const doctor: AddCommand = (program, shell) => {
	program
		.command('doctor')
		.description('looks at everything Hearth needs, and says what to do where something is wrong')
		.action(async () => {
			// Stopped in the middle it ends with what it looks at: it may have started a database to look at.
			const {asked, stopping} = stopSignal();
			let complaints = 0;
			for await (const finding of examine(shell)) {
				if (stopping.aborted) throw new Interrupted(await asked);
				shell.print(`${finding.well ? '✔' : '✘'} ${finding.about}: ${finding.says}`);
				if (finding.well) continue;
				complaints += 1;
				shell.print(`  → ${finding.advice}`);
			}
			shell.print(complaints === 0 ? '\nAll is well.' : `\n${complaints} to see to.`);
			if (complaints > 0) process.exitCode = 1;
		});
};

/** In the order in which one thing needs the other; settings that are wrong end it, for nothing can be opened with them. */
async function* examine({discovered: {plugins, failed}, environment, say}: Shell): AsyncGenerator<Finding> {
	yield well('Node.js', process.versions.node);
	const {declaredSettings} = await import('../platform.js');
	let settings: Settings;
	try {
		settings = readSettings(declaredSettings(plugins), withKeyToCome(environment));
		yield well('Settings', 'all can be read');
	} catch (error) {
		if (!(error instanceof SettingsError)) throw error;
		yield ill('Settings', error.message, '`npm run hearth -- settings` lists them all.');
		return;
	}
	const folder = settings.get(dataFolder);
	const data = await dataFolderIn(folder);
	yield data;
	if (data.well) yield await diskSpace(folder);
	yield await webPort(settings.get(host), settings.get(port));
	if (data.well) yield* parts(settings, say);
	for (const {name, source, reason} of failed) {
		yield ill(`Plugin ${name} (${source})`, reason, 'Correct it and start again; the other plugins run without it.');
	}
	yield well('Plugins', plugins.map(({name}) => name).join(', ') || 'none');
}

async function dataFolderIn(folder: string): Promise<Finding> {
	try {
		await mkdir(folder, {recursive: true, mode: 0o700});
		await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
		return well('Data folder', folder);
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		return ill(
			'Data folder',
			`${folder} cannot be written (${code})`,
			'Make it writable for this account, or set HEARTH_DATA to a folder that is.',
		);
	}
}

async function diskSpace(folder: string): Promise<Finding> {
	const {bavail, bsize} = await statfs(folder);
	const free = bavail * bsize;
	const says = `${(free / 1e9).toFixed(1)} GB free`;
	if (free >= LOW_DISK_BYTES) return well('Disk', says);
	return ill('Disk', says, `Make room on the disk of ${folder}: below 1 GB pictures and backups soon cannot be kept.`);
}

async function webPort(address: string, number: number): Promise<Finding> {
	const about = 'Web server';
	if (number === 0) return well(about, 'takes any free port');
	const code = await listeningFails(address, number);
	if (code === null) return well(about, `port ${number} is free`);
	if (code === 'EADDRINUSE') {
		if (await isHearth(address, number)) return well(about, `Hearth runs at port ${number} already`);
		return ill(
			about,
			`port ${number} is in use by another program`,
			'Stop that program, or set HEARTH_PORT to a free port.',
		);
	}
	return ill(
		about,
		`cannot listen on ${address}:${number} (${code})`,
		'Set HEARTH_HOST to an address of this machine, and HEARTH_PORT to 1024 or more.',
	);
}

function listeningFails(address: string, number: number): Promise<string | null> {
	return new Promise(resolve => {
		const server = createServer();
		server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
		server.listen(number, address, () => server.close(() => resolve(null)));
	});
}

function isHearth(address: string, number: number): Promise<boolean> {
	// What listens everywhere is asked here.
	const hostname = address === '0.0.0.0' || address === '::' ? 'localhost' : address;
	return new Promise(resolve => {
		const request = get({hostname, port: number, path: '/health', timeout: 2000}, response => {
			response.resume();
			resolve(response.statusCode === 200 && response.headers['x-request-id'] !== undefined);
		});
		request.on('timeout', () => request.destroy()).on('error', () => resolve(false));
	});
}

/** Opens what the settings name and asks each whether it answers. */
async function* parts(settings: Settings, say: (line: string) => void): AsyncGenerator<Finding> {
	const folder = settings.get(dataFolder);
	if (settings.get(databaseUrl) === undefined && !existsSync(path.join(folder, 'postgres'))) {
		yield well('database', 'a PostgreSQL of our own is made at the first start');
		return;
	}
	const urls = {
		database_url: settings.get(databaseUrl),
		cache_url: settings.get(cacheUrl),
		bus_url: settings.get(busUrl),
		objects_url: settings.get(objectsUrl),
	};
	const [{openPorts}, {openLog}] = await Promise.all([import('@hearth/ports/open.js'), import('../logs.js')]);
	let ports: Ports;
	try {
		ports = await openPorts({
			...urls,
			data_folder: folder,
			guest: true,
			say,
			log: openLog('silent'),
		});
	} catch (error) {
		yield ill(
			'Database, cache, bus and objects',
			(error as Error).message,
			'Start what does not answer, or correct its URL.',
		);
		return;
	}
	try {
		const drivers = new Map(ports.describe().map(({port: name, driver}) => [name, driver]));
		for (const name of ['database', 'cache', 'bus', 'objects'] as const) {
			const driver = drivers.get(name);
			try {
				await ports[name].check();
				yield well(name, `${driver} answers`);
			} catch (error) {
				yield ill(name, `${driver}: ${(error as Error).message}`, `Start it, or correct ${name.toUpperCase()}_URL.`);
			}
		}
	} finally {
		await ports.close();
	}
}
