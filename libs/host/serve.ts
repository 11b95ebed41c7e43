import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import type {Ports} from '@hearth/ports/open.js';
import {StartupError} from '@hearth/ports/startup-error.js';
import type {Logger} from 'pino';
import {Authenticator} from './authenticate.js';
import {answerCall} from './calls.js';
import {listen, subscribe} from './events.js';
import {house} from './house.js';
import {httpApp} from './http/app.js';
import {sweepUploads} from './http/body.js';
import {closeServer, listenOn} from './http/server.js';
import {OpenStreams} from './http/streams.js';
import {openLog} from './logs.js';
import {declaredSettings, migrateAll, migratePlatform, openPlatform, type Platform} from './platform.js';
import {
	busUrl,
	dataFolder,
	drainTimeout,
	host,
	logLevel,
	port,
	rateLimits,
	withSecretKey,
} from './platform-settings.js';
import type {Context, Plugin} from './plugin.js';
import {readiness} from './ready.js';
import {withCollectionRoutes} from './records.js';
import {Roster} from './roster.js';
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
	const plugins = withCollectionRoutes(options.plugins);
	const running = chosen(plugins, options.only);
	if (!settings.get(rateLimits)) log.warn('HEARTH_RATE_LIMITS is off: requests are not limited. Only for load tests.');
	if (running.length < plugins.length && settings.get(busUrl) === undefined) {
		log.warn('BUS_URL is not set: the plugins that this process leaves out cannot be reached, wherever they run.');
	}
	const closing = closingStack(log);
	try {
		const platform = await openPlatform(settings, log, {plugins, say, now: options.now ?? Date.now, guest: false});
		closing.add(platform.close);
		const {ports, jobs, outbox, contextFor} = platform;
		const roster = new Roster(platform, running, options);
		const ready = readiness(ports, () => roster.states(), Date.now);
		const own = house({jobs, outbox, ready});
		await migratePlatform(ports.database);
		const authenticator = new Authenticator(contextFor('house', 'authenticator'));
		await authenticator.listen(ports.bus);
		await startPlugins(roster, platform, closing);
		await startJobs(roster.up(), platform);
		await sendWhatWaits(platform);
		const uploadFolder = path.join(settings.get(dataFolder), 'uploads');
		await sweepUploads(uploadFolder, Date.now(), ports.alone);
		const streams = new OpenStreams();
		const app = httpApp({
			plugins: [own, ...running].map(plugin => ({
				plugin,
				contextFor: requestId => contextFor(plugin.name, requestId),
				failed: () => roster.reasonOf(plugin.name),
			})),
			definitions: [own, ...plugins],
			ports,
			settings,
			authenticator,
			ready,
			metrics: platform.metrics,
			log,
			uploadFolder,
			streams,
			checkAnswers: options.checkAnswers ?? false,
		});
		// Last: no request arrives before it can be answered.
		const server = await listenOn(app.callback(), settings.get(port), settings.get(host));
		closing.add(() => drain(server, streams, platform, settings.get(drainTimeout) * 1000));
		const url = urlOf(server.address() as AddressInfo);
		log.info({url, plugins: roster.up().map(({name}) => name), ports: ports.describe()}, 'the house is open');
		let stopping: Promise<void> | undefined;
		return {
			url,
			ports,
			contextOf: plugin => contextFor(plugin, 'direct'),
			stop() {
				stopping ??= closing.run().then(() => log.info('the house is closed'));
				return stopping;
			},
		};
	} catch (error) {
		await closing.run();
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
		plugins: options.plugins,
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

/** What was opened, closed in the reverse order, each whatever the others did. */
function closingStack(log: Logger) {
	const stack: (() => Promise<void>)[] = [];
	return {
		add: (close: () => Promise<void>) => void stack.push(close),
		async run() {
			for (let close = stack.pop(); close !== undefined; close = stack.pop()) {
				await close().catch((error: unknown) => log.error({err: error}, 'a part did not close'));
			}
		},
	};
}
type Closing = ReturnType<typeof closingStack>;

/** All answer before any starts, so that one's start may ask another. One that fails is down, and the rest go on. */
async function startPlugins(roster: Roster, platform: Platform, closing: Closing): Promise<void> {
	for (const start of [prepare, open]) {
		for (const plugin of roster.up()) {
			await start(plugin, platform, roster, closing).catch((error: unknown) => roster.fail(plugin.name, error));
		}
	}
}

type Start = (plugin: Plugin, platform: Platform, roster: Roster, closing: Closing) => Promise<void>;

const prepare: Start = async (plugin, platform, roster) => {
	if (plugin.migrations !== undefined) await platform.ports.database.migrate(plugin.name, plugin.migrations);
	await answerCalls(plugin, platform, () => roster.reasonOf(plugin.name));
};

const open: Start = async (plugin, {ports, metrics, contextFor}, _roster, closing) => {
	const stop = await plugin.start?.(contextFor(plugin.name, 'start'));
	if (stop !== undefined) closing.add(stop);
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
	for (const responder of calls) {
		await answerCall(ports.bus, responder, requestId => contextFor(name, requestId), failed);
	}
}

async function startJobs(plugins: readonly Plugin[], {ports, jobs, contextFor}: Platform): Promise<void> {
	const kinds = plugins.flatMap(({name, jobs: declared = []}) => {
		const context = contextFor(name, 'job');
		return declared.map(job => ({job, plugin: name, context}));
	});
	await jobs.start(kinds, {alone: ports.alone});
}

/** What a killed process or a lost part left behind, now and whenever a part is back. */
async function sendWhatWaits({ports, outbox, jobs}: Platform): Promise<void> {
	const sweep = () => {
		void outbox.sweep();
		void jobs.sweep();
	};
	ports.bus.onReconnect(sweep);
	ports.database.onReconnect(sweep);
	await outbox.sweep();
}

/** Takes nothing more, and waits up to `timeout_ms` for the requests and jobs in work. */
async function drain(server: Server, streams: OpenStreams, {jobs, ports}: Platform, timeout_ms: number): Promise<void> {
	jobs.stop();
	streams.end();
	await Promise.all([closeServer(server, timeout_ms), ports.bus.drain(timeout_ms)]);
	await jobs.abort();
}

/** Where a person at this machine finds it: every address that means all or this machine is `localhost`. */
function urlOf({address, port: bound, family}: AddressInfo): string {
	if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address)) return `http://localhost:${bound}`;
	return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}
