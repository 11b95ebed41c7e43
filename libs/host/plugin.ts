import type {Readable} from 'node:stream';
import type {Cache} from '@hearth/ports/cache.js';
import type {Database, Transaction as PortTransaction, Sql} from '@hearth/ports/database.js';
import type {Objects} from '@hearth/ports/objects.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Logger} from 'pino';
import type {z} from 'zod';
import type {PublicError} from './errors.js';
import type {Records} from './records.js';
import type {Setting, Settings} from './settings.js';

/** What one plugin asks of another, by name, and what comes back. Lives in the answering plugin's `contract.ts`. */
export interface Call<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
	readonly name: string;
	readonly input: Input;
	readonly output: Output;
	/** How long the answer may take; a look-up needs no more than the default of 2,000. */
	readonly timeout_ms?: number;
}
export const call = <Input extends z.ZodType, Output extends z.ZodType>(
	name: `${string}.${string}`,
	input: Input,
	output: Output,
	options: Pick<Call, 'timeout_ms'> = {},
): Call<Input, Output> => ({...options, name, input, output});

/** Something that happened; `plugin.noun_past`. Lives in the publishing plugin's `contract.ts`. */
export interface Event<Payload extends z.ZodType = z.ZodType> {
	readonly name: string;
	readonly payload: Payload;
}
export const event = <Payload extends z.ZodType>(name: `${string}.${string}`, payload: Payload): Event<Payload> => ({
	name,
	payload,
});

/** Durable work: a row that some process of the plugin works off, retried with backoff, parked when it keeps failing. */
export interface Job<Payload extends z.ZodType = z.ZodType> {
	readonly name: string;
	readonly payload: Payload;
	/** Jobs of this kind at the same time in one process. */
	readonly concurrency: number;
	/** Attempts before it is parked where an admin sees it. */
	readonly attempts: number;
	/** While a worker is alive it renews its lease; a dead worker's job is another's after this time. */
	readonly lease_ms: number;
	readonly handle: (payload: z.output<Payload>, work: JobWork, context: Context) => Promise<void>;
	/** Called in the transaction that parks the job, so that what waits for it can say so. */
	readonly parked?: (payload: z.output<Payload>, error: string, tx: Transaction) => Promise<void>;
}
export interface JobWork {
	id: string;
	attempt: number;
	/** Aborted when the process drains for longer than it may, or when the lease was lost. */
	signal: AbortSignal;
}
export const job = <Payload extends z.ZodType>(
	name: `${string}.${string}`,
	payload: Payload,
	options: Partial<Pick<Job, 'concurrency' | 'attempts' | 'lease_ms'>> & Pick<Job<Payload>, 'handle' | 'parked'>,
): Job<Payload> => ({concurrency: 1, attempts: 5, lease_ms: 30_000, ...options, name, payload});

/** A transaction in which events can be published and jobs queued: they leave with its commit, or not at all. */
export interface Transaction extends PortTransaction {
	publish<Payload extends z.ZodType>(event: Event<Payload>, payload: z.input<Payload>): Promise<void>;
	/** Answers the job's id. A `key` in use by an unfinished job of this kind queues nothing and answers that job's id. */
	enqueue<Payload extends z.ZodType>(
		job: Job<Payload>,
		payload: z.input<Payload>,
		options?: {key?: string},
	): Promise<string>;
	/** Who did what with whose data; shown to the user, kept when the thing itself is gone. */
	audit(entry: AuditEntry): Promise<void>;
}
export interface AuditEntry {
	/** `food.approved`, `auth.login` … */
	action: string;
	/** Who did it; null for the house itself. */
	actor_id: string | null;
	/** Whose data it is; the actor's when left out. */
	user_id?: string | null;
	resource?: {type: string; id: string};
	detail?: Record<string, unknown>;
	request?: {id: string; ip: string; user_agent?: string};
}

/** The database as plugins see it: its transactions can also publish, queue and audit. */
export interface Db extends Sql, Pick<Database, 'build' | 'snapshot'> {
	transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
	as<T>(userId: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** All that a handler may reach. */
export interface Context {
	db: Db;
	cache: Cache;
	objects: Objects;
	/** The only way to write what people own. */
	records: Records;
	settings: Settings;
	log: Logger;
	/** Epoch milliseconds; the clock of every decision. */
	now: () => number;
	/** Asks another plugin; throws its `PublicError`, or `UNAVAILABLE` that names the part that is down. */
	call<Input extends z.ZodType, Output extends z.ZodType>(
		call: Call<Input, Output>,
		input: z.input<Input>,
	): Promise<z.output<Output>>;
	/** Tells every process, now; may be lost. */
	broadcast<Payload extends z.ZodType>(event: Event<Payload>, payload: z.input<Payload>): Promise<void>;
}

export type Role = 'public' | 'member' | 'moderator' | 'admin';

/** Who asks, as the access token says. */
export interface User {
	id: string;
	session_id: string;
	role: Exclude<Role, 'public'>;
	household_id: string;
}

export interface RequestInfo {
	id: string;
	/** The client's address; forwarding headers count only from a trusted peer. */
	ip: string;
	/** True where the peer is this machine, no forwarding header is present, and Host is a loopback name. */
	local: boolean;
	headers: Readonly<Record<string, string | undefined>>;
	/** Aborted when the client goes away. */
	signal: AbortSignal;
	/** `https://host[:port]` as the client sees it. */
	origin: string;
	cookies: {get(name: string): string | undefined};
}

/** A file of a multipart body, on disk until the request ends. */
export interface UploadedFile {
	path: string;
	size_bytes: number;
	/** As the client named it; never used as a path. */
	name: string;
}

/** An answer that is more than `{data}` with the route's status. */
export class Reply<Data = unknown> {
	readonly data: Data;
	readonly status: number | undefined;
	readonly meta: Record<string, unknown> | undefined;
	readonly headers: Record<string, string>;
	/** Sent in place of JSON. */
	readonly body: Readable | Buffer | string | undefined;

	constructor(
		data: Data,
		options: {
			status?: number;
			meta?: Record<string, unknown>;
			headers?: Record<string, string>;
			body?: Readable | Buffer | string;
		} = {},
	) {
		this.data = data;
		this.status = options.status;
		this.meta = options.meta;
		this.headers = options.headers ?? {};
		this.body = options.body;
	}
}

type Parsed<Schema, Fallback> = Schema extends z.ZodType ? z.output<Schema> : Fallback;

export interface RouteOptions<Params, Query, Body, Data, R extends Role> {
	/** One line for the API page. */
	summary: string;
	role: R;
	params?: Params;
	query?: Query;
	/** A strict JSON body. Routes without it refuse one. */
	body?: Body;
	/**
	 * A multipart body with exactly one file in `field`; the other fields are `body`, as text. Of these `types` the file may also be the
	 * whole body.
	 */
	upload?: {field: string; max_bytes: number; types?: string[]};
	/** The schema of what is answered under `data`; left out where the answer is not JSON or has no body. */
	data?: Data;
	/** Default 200; 204 has no body. */
	status?: number;
	/** Requests a minute in place of the default; `by: 'account'` counts address and `body.email` together. */
	limit?: {per_minute: Setting<number> | number; by: 'user' | 'account' | 'address'; bucket?: string};
	/** JSON bytes allowed; default 1 MiB. */
	max_body_bytes?: number;
	/**
	 * True: the body is taken as it was sent, also texts with NUL or half characters and whatever is nested deeply; the handler answers
	 * for each of its parts by itself. `Idempotency-Key` does nothing then.
	 */
	as_sent?: boolean;
	/** The JSON body is not read but put on the disk, inflated, as `file`; up to so many bytes. `body` only describes it. */
	spool_bytes?: number;
	/** True: `?ticket=` is taken in place of the Authorization header. */
	ticket?: boolean;
	/**
	 * True: the answer is a `Reply` whose `body` goes on for as long as the client listens, by default of server-sent events. It is
	 * neither compressed nor kept back anywhere on its way; the body is destroyed when the client leaves or the house stops.
	 */
	stream?: boolean;
	handle: (
		input: {
			params: Parsed<Params, Record<string, string>>;
			query: Parsed<Query, Record<string, never>>;
			body: Parsed<Body, undefined>;
			file: UploadedFile | undefined;
			user: R extends 'public' ? User | null : User;
			request: RequestInfo;
		},
		context: Context,
	) => Promise<unknown>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';

// biome-ignore lint/suspicious/noExplicitAny: a list of routes holds routes of every shape; each is typed where it is written
export interface Route extends RouteOptions<any, any, any, any, any> {
	method: Method;
	/** `/api/v1/foods/:id`; a parameter is one segment. */
	path: string;
}

export function route<
	const R extends Role,
	Params extends z.ZodType | undefined = undefined,
	Query extends z.ZodType | undefined = undefined,
	Body extends z.ZodType | undefined = undefined,
	Data extends z.ZodType | undefined = undefined,
>(method: Method, path: `/${string}`, options: RouteOptions<Params, Query, Body, Data, R>): Route {
	// The host gives a user to every route whose role is not public.
	return {...options, method, path} as Route;
}

export interface Responder {
	call: Call;
	handle: (input: never, context: Context) => Promise<unknown>;
}
export const respond = <Input extends z.ZodType, Output extends z.ZodType>(
	to: Call<Input, Output>,
	handle: (input: z.output<Input>, context: Context) => Promise<z.input<Output>>,
): Responder => ({call: to, handle});

export interface Subscription {
	event: Event;
	/** Told to every process instead of one of this plugin's, and not again after a failure. */
	everywhere: boolean;
	handle: (payload: never, context: Context) => Promise<void>;
}
/** One process of this plugin handles the event, at least once; a handler must bear being repeated. */
export const on = <Payload extends z.ZodType>(
	what: Event<Payload>,
	handle: (payload: z.output<Payload>, context: Context) => Promise<void>,
): Subscription => ({event: what, everywhere: false, handle});
/** Every process of this plugin hears the broadcast, or misses it. */
export const onBroadcast = <Payload extends z.ZodType>(
	what: Event<Payload>,
	handle: (payload: z.output<Payload>, context: Context) => Promise<void>,
): Subscription => ({event: what, everywhere: true, handle});

/** A subcommand of `hearth`, for the person at the machine. `hearth user add <email> [--role admin]` is named `user add`. */
export interface Command {
	name: string;
	summary: string;
	/** In order; all required. */
	arguments?: {name: string; summary: string}[];
	options?: {name: string; summary: string; value?: string; required?: boolean}[];
	/** Throw `PublicError` for what the person did wrong: its message is printed and the exit code is 1. */
	run: (
		given: {arguments: string[]; options: Record<string, string | true | undefined>},
		context: Context,
		terminal: {print(line: string): void; secret(question: string): Promise<string>},
	) => Promise<void>;
}

/**
 * The manner of somebody else's protocol, for a plugin's routes below a path: answers go out as they are, without an envelope, bodies may
 * hold what we do not know, and errors are said as its clients understand them.
 */
export interface Dialect {
	/** `/compat/<name>`; whatever lies below it, also what no route takes, speaks the dialect. */
	at: string;
	/** The body of an error, sent with the error's status. */
	error: (error: PublicError) => unknown;
	/** A header that may bring the access token in place of Authorization, in lower case. */
	token_header?: string;
}

/** Everything a plugin adds to the house. Plain data: importing it opens nothing and reads no setting. */
export interface Plugin {
	/** `[a-z][a-z0-9_]{0,30}`; also its PostgreSQL schema, its bus prefix and its metric label. */
	name: string;
	summary: string;
	// biome-ignore lint/suspicious/noExplicitAny: settings of every type; each is typed where it is read
	settings?: Setting<any>[];
	/** What people own of its kind: stored, synced, exported and erased by the house. */
	collections?: Collection[];
	routes?: Route[];
	dialect?: Dialect;
	/** Routes of every collection of the house, whichever plugin declares it. */
	collectionRoutes?: (collection: Collection) => Route[];
	calls?: Responder[];
	/** What it publishes or broadcasts. */
	events?: Event[];
	subscriptions?: Subscription[];
	// biome-ignore lint/suspicious/noExplicitAny: jobs of every payload; each is typed where it is written
	jobs?: Job<any>[];
	commands?: Command[];
	/** The folder of its numbered `.sql` files. */
	migrations?: URL;
	/** A folder of files served as they are under `at`; `fallback` answers paths that no file and no route has. */
	files?: {at: string; folder: URL; fallback?: string};
	/** Opened before the first request; what it returns closes it, in the reverse order. */
	start?: (context: Context) => Promise<undefined | (() => Promise<void>)>;
	/** Throws when the plugin cannot do its work. A sentence on how it does it stands in /ready. */
	health?: (context: Context) => Promise<void> | Promise<string>;
	/** What the user-data archive holds of tables of its own: file name → rows. */
	exporters?: ((userId: string, context: Context) => AsyncIterable<{file: string; rows: unknown[]}>)[];
	/** Removes or anonymises a user's rows in tables of its own; repeatable. */
	erasers?: ((userId: string, context: Context) => Promise<void>)[];
}

export const definePlugin = (plugin: Plugin): Plugin => plugin;
