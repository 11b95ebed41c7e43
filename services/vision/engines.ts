import type {Context} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import type {Engine} from './engine.js';
import {workers} from './settings.js';
import {tesseract} from './tesseract.js';

// A job is given a context and not what its plugin opened, so the engine is found by what all contexts of one host share.
const engines = new WeakMap<Settings, Engine>();

/** Opens the engine of this host; what it answers closes it. No process is started before there is a picture. */
export async function openEngine({settings}: Context): Promise<() => Promise<void>> {
	const engine = tesseract({workers: settings.get(workers)});
	engines.set(settings, engine);
	return () => engine.close();
}

export function engineOf(settings: Settings): Engine {
	const engine = engines.get(settings);
	if (engine === undefined) throw new Error('The reader of labels was not started');
	return engine;
}
