import type {ErrorCode} from './errors.js';
import {locationsOf} from './nginx-routes.js';
import type {Plugin} from './plugin.js';

// Cloudflare takes bodies of up to 100 MB and waits 125 s for an answer (its plans for private persons); ours are smaller, so
// that it is our answer that a client sees and not Cloudflare's page.
const MAX_BODY = '95m';
const TIMEOUT_S = 115;
/** What a stream may be silent for; ours says something every 25 s. */
const STREAM_TIMEOUT_S = 90;

/** Ports inside the network of the containers: one for the house's own network, one that only the tunnel is told of. */
const PORT = 8080;
const TUNNEL_PORT = 8081;

export interface NginxOptions {
	/** Where a plugin's process listens; `auth:8080` unless told. */
	addressOf?: (plugin: string) => string;
	/** Who takes paths that no plugin of the house has: those of a plugin from outside, and the API page. */
	fallback?: string;
	/** The names of containers are asked of this server at each request, so that nginx starts before they do; Docker's by default. */
	resolver?: string;
	port?: number;
	tunnel_port?: number;
	/** For a run outside a container: nginx writes nothing elsewhere. */
	folder?: string;
}

/** The whole `nginx.conf` that leads each route to its plugin's process. Made of the definitions alone; the same input, the same text. */
export function nginxConf(plugins: readonly Plugin[], options: NginxOptions = {}): string {
	const {
		addressOf = plugin => `${plugin}:8080`,
		fallback = plugins.find(({files}) => files?.at === '/')?.name ?? 'web',
		resolver = '127.0.0.11',
		port = PORT,
		tunnel_port = TUNNEL_PORT,
		folder = '/tmp',
	} = options;
	const to = (plugin: string, more: string[] = []) => [
		`set $part ${plugin};`,
		`set $address ${addressOf(plugin)};`,
		...more,
		'proxy_pass http://$address;',
	];
	const location = (match: string, lines: readonly string[]) => block(`location ${match}`, lines);
	const server = [
		`listen ${port};`,
		'# Told to the tunnel and to nobody else: what comes here came through Cloudflare, which says who sent it.',
		`listen ${tunnel_port};`,
		'server_name _;',
		'server_tokens off;',
		'',
		...securityHeaders,
		'',
		...proxying,
		'',
		'# Not for the outside.',
		...['= /ready', '= /metrics', '= /docs', '/docs/'].flatMap(match => location(match, ['return 404;'])),
		'',
		...locationsOf(plugins).flatMap(({match, plugin, stream}) => location(match, to(plugin, stream ? streaming : []))),
		...plugins.flatMap(({name, files}) =>
			files === undefined || files.at === '/' ? [] : location(files.at, to(name)),
		),
		'',
		'# Pages, and what no plugin named above answers: one from outside runs beside this one.',
		...location('/', to(fallback)),
		'',
		'# Our own refusals, in the form of all others.',
		...refusals.flatMap(({statuses, name, answer, code, message}) => [
			`error_page ${statuses.join(' ')} =${answer} @${name};`,
			...location(`@${name}`, [
				'internal;',
				'default_type application/json;',
				...securityHeaders,
				'add_header X-Request-ID $known_id always;',
				'add_header Cache-Control no-store always;',
				...(answer === 503 ? ['add_header Retry-After 2 always;'] : []),
				`return ${answer} '{"error":{"code":"${code}","message":"${message}","details":{"request_id":"$known_id"}}}';`,
			]),
		]),
	];
	const http = [
		'default_type application/octet-stream;',
		'access_log off;',
		'error_log stderr warn;',
		'sendfile on;',
		'keepalive_timeout 75s;',
		'client_header_timeout 15s;',
		'client_body_timeout 30s;',
		'large_client_header_buffers 4 16k;',
		...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/nginx_${kind};`),
		'',
		`resolver ${resolver} ipv6=off valid=5s;`,
		'resolver_timeout 2s;',
		'',
		'gzip on;',
		'gzip_proxied any;',
		'gzip_min_length 1024;',
		'gzip_vary on;',
		'# Never text/event-stream: an event must not wait for more to compress with.',
		'gzip_types application/json application/javascript text/javascript text/css image/svg+xml application/manifest+json;',
		'',
		"# The client's request id where it is a sane one; the host asks the same.",
		...block('map $http_x_request_id $known_id', [
			'default $request_id;',
			'"~^[A-Za-z0-9_.:-]{1,128}$" $http_x_request_id;',
		]),
		'# CF-Connecting-IP counts only where the tunnel alone can have written it.',
		...block('map $server_port:$http_cf_connecting_ip $client_ip', [
			'default $remote_addr;',
			`"~^${tunnel_port}:(?<told>[0-9A-Fa-f.:]{2,45})$" $told;`,
		]),
		...block('map $server_port $client_scheme', ['default $scheme;', `${tunnel_port} https;`]),
		...block('map $client_scheme $transport_security', ['default "";', 'https "max-age=31536000";']),
		...block('map $http_upgrade $connection_upgrade', ['default upgrade;', '"" "";']),
		'',
		...block('server', server),
	];
	return `${[
		'# Made by `npm run hearth -- nginx` from the routes of the plugins; make it anew rather than edit it.',
		'worker_processes auto;',
		`pid ${folder}/nginx.pid;`,
		'error_log stderr warn;',
		...block('events', ['worker_connections 1024;']),
		...block('http', http),
	].join('\n')}\n`;
}

const block = (head: string, lines: readonly string[]): string[] => [
	`${head} {`,
	...lines.map(line => (line === '' ? '' : `\t${line}`)),
	'}',
];

// An `add_header` in a location takes the place of all above it, so these are repeated where there is one.
const securityHeaders = [
	'add_header Strict-Transport-Security $transport_security always;',
	'add_header X-Content-Type-Options nosniff always;',
	'add_header X-Frame-Options DENY always;',
	'add_header Referrer-Policy no-referrer always;',
	'add_header Permissions-Policy "camera=(self), geolocation=(), microphone=()" always;',
];

const proxying = [
	'# The host sends these as well; once is enough.',
	...['X-Content-Type-Options', 'X-Frame-Options', 'Referrer-Policy'].map(name => `proxy_hide_header ${name};`),
	'proxy_http_version 1.1;',
	'proxy_set_header Host $http_host;',
	'proxy_set_header X-Request-ID $known_id;',
	'proxy_set_header X-Forwarded-For $client_ip;',
	'proxy_set_header X-Forwarded-Proto $client_scheme;',
	'proxy_set_header X-Forwarded-Host $http_host;',
	'proxy_set_header CF-Connecting-IP "";',
	'proxy_set_header Forwarded "";',
	'proxy_set_header X-Real-IP "";',
	'proxy_set_header Upgrade $http_upgrade;',
	'proxy_set_header Connection $connection_upgrade;',
	`client_max_body_size ${MAX_BODY};`,
	'proxy_connect_timeout 2s;',
	`proxy_send_timeout ${TIMEOUT_S}s;`,
	`proxy_read_timeout ${TIMEOUT_S}s;`,
	'# A part that is away answers nothing; another try would only take longer, or do a thing twice.',
	'proxy_next_upstream off;',
];

const streaming = ['proxy_buffering off;', 'gzip off;', `proxy_read_timeout ${STREAM_TIMEOUT_S}s;`];

interface Refusal {
	statuses: number[];
	name: string;
	answer: number;
	code: ErrorCode;
	message: string;
}

const refusals: Refusal[] = [
	{
		statuses: [404],
		name: 'not_found',
		answer: 404,
		code: 'NOT_FOUND',
		message: 'There is nothing here for the outside.',
	},
	{
		statuses: [400, 414, 494],
		name: 'not_understood',
		answer: 400,
		code: 'VALIDATION_ERROR',
		message:
			'This request cannot be read: its address or its headers are too long or broken. Send it again with shorter ones.',
	},
	{
		statuses: [413],
		name: 'too_large',
		answer: 413,
		code: 'TOO_LARGE',
		message: 'This is larger than the 95 MB that may be sent at once. Send less, or a smaller picture.',
	},
	// 503 for all that no part answered: for 502 and 504 Cloudflare would show a page of its own.
	{
		statuses: [502, 503],
		name: 'part_is_down',
		answer: 503,
		code: 'UNAVAILABLE',
		message: 'The $part part of Hearth is down. Try again in a few seconds.',
	},
	{
		statuses: [504],
		name: 'part_is_late',
		answer: 503,
		code: 'UNAVAILABLE',
		message:
			'The $part part of Hearth did not answer in time. It may still have done what was asked; look before you send it again.',
	},
];
