import type {AddressInfo} from 'node:net';
import path from 'node:path';
import type {Ports} from '@hearth/ports/open.js';
import {StartupError} from '@hearth/ports/startup-error.js';
import {Authenticator} from './authenticate.js';
import {answerCall} from './calls.js';
import {listen, subscribe} from './events.js';
import {house} from './house.js';
import {httpApp} from './http/app.js';
import {sweepUploads} from './http/body.js';
import type {HttpPlugin} from './http/options.js';
import {closeServer, listenOn} from './http/server.js';
import {openLog} from './logs.js';
import {declaredSettings, migrateAll, openPlatform, PLATFORM_MIGRATIONS, type Platform} from './platform.js';
import {dataFolder, drainTimeout, host, logLevel, port, rateLimits, withSecretKey} from './platform-settings.js';
import type {Context, Db, Plugin} from './plugin.js';
import {type PluginState, readiness} from './ready.js';
import {readSettings, type Settings} from './settings.js';

type Environment = Record<string, string | undefined>;

/** A plugin that could not even be loaded. */
export interface FailedPlugin {
	name: string;
	source: string;
	reason: string;
	/** Dropped in from outside: the house is ready without it. */
	outside: boolean;
}

export interface ServeOptions {
	/** All definitions, so that the API page, sync and events know each other. */
	plugins: readonly Plugin[];
	/** Names of those that this process runs; all when left out. */
	only?: readonly string[] | undefined;
	/** Names of those dropped in from outside: when down they do not make the house unready. */
	outside?: readonly string[];
	failed?: readonly FailedPlugin[];
	environment: Environment;
	/** Lines for the person at the machine, such as where the data lies. */
	say?: (line: string) => void;
	now?: () => number;
	/** Parses every answer by its schema; for tests. */
	checkAnswers?: boolean;
}

export interface House {
	url: string;
	/** Drains: takes no more requests, waits for those in work, closes plugins in reverse, then the ports. Idempotent. */
	stop(): Promise<void>;
	/** For tests and commands: what a plugin's handlers are given. */
	contextOf(plugin: string): Context;
	ports: Ports;
}

/**
 * Runs plugins in this process: `hearth serve food vision` two of them, `hearth serve` all. Nothing else differs.
 * Throws `SettingsError` or `StartupError` with a sentence for the person at the machine; one plugin that fails is shown as down.
 */
export async function serve(options: ServeOptions): Promise<House> {
	const environment = withSecretKey(options.environment);
	const settings = readSettings(declaredSettings(options.plugins), environment);
	const log = openLog(settings.get(logLevel));
	const say = options.say ?? (() => {});
	const running = chosen(options.plugins, options.only);
	if (!settings.get(rateLimits)) log.warn('HEARTH_RATE_LIMITS is off: requests are not limited. Only for load tests.');
	const stack: (() => Promise<void>)[] = [];
	// What was opened is closed in the reverse order, each whatever the others did.
	const unwind = async () => {
		for (let close = stack.pop(); close !== undefined; close = stack.pop()) {
			await close().catch((error: unknown) => log.error({err: error}, 'a part did not close'));
		}
	};
	try {
		const platform = await openPlatform(settings, log, {say, now: options.now ?? Date.now, guest: false});
		stack.push(platform.close);
		const {ports, metrics, jobs, outbox, contextFor} = platform;
		const states = new Map<string, PluginState>();
		const ready = readiness(ports, () => [...states.values()], Date.now);
		const own = house({jobs, outbox, ready});
		await ports.database.migrate('platform', PLATFORM_MIGRATIONS);
		const authenticator = new Authenticator(contextFor('house', 'authenticator'));
		await authenticator.listen(ports.bus);
		for (const plugin of running) {
			states.set(plugin.name, {
				name: plugin.name,
				outside: options.outside?.includes(plugin.name) ?? false,
				failed: null,
				health: async () => plugin.health?.(contextFor(plugin.name, 'health')),
			});
		}
		for (const {name, reason, outside} of options.failed ?? []) {
			states.set(name, {name, outside, failed: reason, health: async () => {}});
		}
		const fail = (name: string, error: unknown) => {
			const state = states.get(name);
			if (state !== undefined) state.failed = error instanceof Error ? error.message : String(error);
			metrics.pluginUp.set({plugin: name}, 0);
			log.error({err: error, plugin: name}, 'a plugin did not start; the others run');
		};
		const reasonOf = (name: string) => states.get(name)?.failed ?? null;
		// All answer before any starts, so that one's start may ask another.
		for (const start of [prepare, open]) {
			for (const plugin of running.filter(({name}) => reasonOf(name) === null)) {
				await start(plugin, platform, stack, () => reasonOf(plugin.name)).catch((error: unknown) =>
					fail(plugin.name, error),
				);
			}
		}
		const up = running.filter(({name}) => states.get(name)?.failed === null);
		for (const {name} of up) metrics.pluginUp.set({plugin: name}, 1);
		await jobs.start(
			up.flatMap(plugin => {
				const context = contextFor(plugin.name, 'job');
				return (plugin.jobs ?? []).map(job => ({
					job,
					plugin: plugin.name,
					context,
					park: (work: Parameters<Db['transaction']>[0]) => context.db.transaction(work).then(() => undefined),
				}));
			}),
			{
				alone: ports
					.describe()
					.some(({port: name, driver}) => name === 'database' && driver === 'PostgreSQL of our own'),
			},
		);
		ports.bus.onReconnect(() => {
			void outbox.sweep();
			void jobs.sweep();
		});
		ports.database.onReconnect(() => {
			void outbox.sweep();
			void jobs.sweep();
		});
		await outbox.sweep();
		const uploadFolder = path.join(settings.get(dataFolder), 'uploads');
		await sweepUploads(uploadFolder, Date.now());
		const hosted: HttpPlugin[] = [own, ...running].map(plugin => ({
			plugin,
			contextFor: requestId => contextFor(plugin.name, requestId),
			failed: () => states.get(plugin.name)?.failed ?? null,
		}));
		const app = httpApp({
			plugins: hosted,
			definitions: [own, ...options.plugins],
			ports,
			settings,
			authenticator,
			ready,
			metrics,
			log,
			uploadFolder,
			checkAnswers: options.checkAnswers ?? false,
		});
		// Last: no request arrives before it can be answered.
		const server = await listenOn(app.callback(), settings.get(port), settings.get(host));
		const drain_ms = settings.get(drainTimeout) * 1000;
		stack.push(async () => {
			jobs.stop();
			await Promise.all([closeServer(server, drain_ms), ports.bus.drain(drain_ms)]);
			await jobs.abort();
		});
		const url = urlOf(server.address() as AddressInfo);
		log.info({url, plugins: up.map(({name}) => name), ports: ports.describe()}, 'the house is open');
		let stopping: Promise<void> | undefined;
		return {
			url,
			ports,
			contextOf: plugin => contextFor(plugin, 'direct'),
			stop() {
				stopping ??= unwind().then(() => log.info('the house is closed'));
				return stopping;
			},
		};
	} catch (error) {
		await unwind();
		throw error;
	}
}

/** A context without a web server, for commands. `guest` joins a running house's database instead of owning it. */
export async function openContext(options: {
	plugins: readonly Plugin[];
	environment: Environment;
	guest: boolean;
	say?: (line: string) => void;
	now?: () => number;
}): Promise<{contextOf: (plugin: string) => Context; ports: Ports; settings: Settings; close: () => Promise<void>}> {
	const environment = withSecretKey(options.environment);
	const settings = readSettings(declaredSettings(options.plugins), environment);
	const log = openLog(settings.get(logLevel) === 'info' ? 'warn' : settings.get(logLevel));
	const platform = await openPlatform(settings, log, {
		say: options.say ?? (() => {}),
		now: options.now ?? Date.now,
		guest: options.guest,
	});
	try {
		await migrateAll(options.plugins, platform.ports.database);
		// Commands call what other plugins answer, so all of them answer here too, where no house is running.
		for (const plugin of options.plugins) await answerCalls(plugin, platform, () => null);
		return {
			contextOf: plugin => platform.contextFor(plugin, 'command'),
			ports: platform.ports,
			settings,
			close: platform.close,
		};
	} catch (error) {
		await platform.close();
		throw error;
	}
}

function chosen(plugins: readonly Plugin[], only: readonly string[] | undefined): readonly Plugin[] {
	if (only === undefined || only.length === 0) return plugins;
	const unknown = only.filter(name => !plugins.some(plugin => plugin.name === name));
	if (unknown.length > 0) {
		throw new StartupError(
			`There is no plugin ${unknown.join(', ')}. There are: ${plugins.map(({name}) => name).join(', ')}.`,
		);
	}
	return plugins.filter(({name}) => only.includes(name));
}

type Start = (
	plugin: Plugin,
	platform: Platform,
	stack: (() => Promise<void>)[],
	failed: () => string | null,
) => Promise<void>;

const prepare: Start = async (plugin, platform, _stack, failed) => {
	if (plugin.migrations !== undefined) await platform.ports.database.migrate(plugin.name, plugin.migrations);
	await answerCalls(plugin, platform, failed);
};

const open: Start = async (plugin, {ports, metrics, contextFor}, stack) => {
	const stop = await plugin.start?.(contextFor(plugin.name, 'start'));
	if (stop !== undefined) stack.push(stop);
	for (const subscription of plugin.subscriptions ?? []) {
		const context = contextFor(plugin.name, `event ${subscription.event.name}`);
		if (subscription.everywhere) await listen(ports.bus, subscription, context);
		else await subscribe(ports.bus, ports.database, metrics, plugin.name, subscription, context);
	}
};

async function answerCalls(
	{name, calls = []}: Plugin,
	{ports, contextFor}: Platform,
	failed: () => string | null,
): Promise<void> {
	for (const responder of calls)
		await answerCall(ports.bus, responder, requestId => contextFor(name, requestId), failed);
}

/** Where a person at this machine finds it: every address that means all or this machine is `localhost`. */
function urlOf({address, port: bound, family}: AddressInfo): string {
	if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address)) return `http://localhost:${bound}`;
	return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}
