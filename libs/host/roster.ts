import type {Platform} from './platform.js';
import type {Plugin} from './plugin.js';
import type {PluginState} from './ready.js';
import type {ServeOptions} from './serve.js';

/** The plugins of this process and how each does. */
export class Roster {
	readonly #platform: Platform;
	readonly #plugins: readonly Plugin[];
	readonly #states = new Map<string, PluginState>();

	/** `failed` are those that could not even be loaded. */
	constructor(platform: Platform, plugins: readonly Plugin[], {outside = [], failed = []}: ServeOptions) {
		this.#platform = platform;
		this.#plugins = plugins;
		for (const {name, health} of plugins) {
			this.#states.set(name, {
				name,
				outside: outside.includes(name),
				failed: null,
				health: async () => {
					const said = await health?.(platform.contextFor(name, 'health'));
					return typeof said === 'string' ? said : undefined;
				},
			});
			platform.metrics.pluginUp.set({plugin: name}, 1);
		}
		for (const {name, reason, outside: isGuest} of failed) {
			this.#states.set(name, {name, outside: isGuest, failed: reason, health: async () => undefined});
			platform.metrics.pluginUp.set({plugin: name}, 0);
		}
	}

	states(): PluginState[] {
		return [...this.#states.values()];
	}

	up(): Plugin[] {
		return this.#plugins.filter(({name}) => this.reasonOf(name) === null);
	}

	/** Why the plugin is down; null where it runs. */
	reasonOf(name: string): string | null {
		return this.#states.get(name)?.failed ?? null;
	}

	fail(name: string, error: unknown): void {
		const state = this.#states.get(name);
		if (state !== undefined) state.failed = error instanceof Error ? error.message : String(error);
		this.#platform.metrics.pluginUp.set({plugin: name}, 0);
		this.#platform.log.error({err: error, plugin: name}, 'a plugin did not start; the others run');
	}
}
