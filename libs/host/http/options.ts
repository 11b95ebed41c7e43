import type {Ports} from '@hearth/ports/open.js';
import type {Logger} from 'pino';
import type {Authenticator} from '../authenticate.js';
import type {Metrics} from '../metrics.js';
import type {Context, Plugin} from '../plugin.js';
import type {Ready} from '../ready.js';
import type {Settings} from '../settings.js';
import type {OpenStreams} from './streams.js';

/** A plugin as the web server needs it: its definition, how its handlers get their context, and why it is down, if it is. */
export interface HttpPlugin {
	plugin: Plugin;
	contextFor: (requestId: string) => Context;
	/** Null where it runs. */
	failed: () => string | null;
}

export interface HttpOptions {
	plugins: readonly HttpPlugin[];
	/** All definitions, those of other processes too, for the API page. */
	definitions: readonly Plugin[];
	ports: Ports;
	settings: Settings;
	authenticator: Authenticator;
	ready: () => Promise<Ready>;
	metrics: Metrics;
	log: Logger;
	uploadFolder: string;
	streams: OpenStreams;
	/** Parses every answer by its route's schema: for tests. */
	checkAnswers: boolean;
}

/** What the middlewares know of the request under way. */
export interface RequestState {
	requestId: string;
	/** The route's labels for the metrics. */
	plugin?: string;
	route?: string;
}
