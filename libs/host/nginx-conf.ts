import {isIP} from 'node:net';
import {MAX_BODY_MB, refusalHeaders, refusalLocations, refusalMaps} from './nginx-refusals.js';
import {locationsOf} from './nginx-routes.js';
import type {Plugin} from './plugin.js';

// Cloudflare takes bodies of up to 100 MB and waits 125 s for an answer (its plans for private persons); ours are smaller, so
// that it is our answer that a client sees and not Cloudflare's page.
const TIMEOUT_S = 115;
/** What a stream may be silent for; ours says something every 25 s. */
const STREAM_TIMEOUT_S = 90;
/** How long a name is remembered. */
const NAME_S = 5;
/** Of a server of several: how long one that failed is left alone while another is there. */
const FORGIVING = 'max_fails=1 fail_timeout=2s';
/** Connections that stay open, of each worker. The host closes them after 75 s, nginx before that. */
const KEPT = 'keepalive 32;';
const MADE = '# Made by `npm run hearth -- nginx` from the routes of the plugins; make it anew rather than edit it.';
/** A house may have one address behind its router, and each page that listens counts. */
const MAX_REQUESTS = 1000;

/** Ports inside the network of the containers: the house's own network by http and by https, and one that only the tunnel is told of. */
const PORT = 8080;
const TLS_PORT = 8443;
const TUNNEL_PORT = 8081;

interface Ways {
	/** Where the processes of a plugin listen; the name `auth:8080`, which may be several, unless told. All names or all addresses. */
	addressOf?: (plugin: string) => string | string[];
	/** Names are asked of this server while nginx runs, so that it starts before the parts do; Docker's by default. */
	resolver?: string;
	/** Where `nginx/upstreams` is to be found, if it is. */
	upstreams_folder?: string;
}
const byName = (plugin: string) => `${plugin}:8080`;

export interface NginxOptions extends Ways {
	/** Who takes paths that no plugin of the house has: those of a plugin from outside, and the API page. */
	fallback?: string;
	/** All of this machine's addresses unless told. */
	host?: string;
	port?: number;
	tls_port?: number;
	tunnel_port?: number;
	/** Of `fullchain.pem` and `privkey.pem`. */
	tls_folder?: string;
	/** Where nginx writes: its process id, and bodies on their way. */
	folder?: string;
	/** Under way at the same time, of one address. */
	max_requests?: number;
	/** Seconds for a request's headers, between two pieces of its body, and for its answer. */
	timeouts_s?: {headers: number; body: number; answer: number};
}

/** The whole `nginx.conf` that leads each route to its plugin's process. Made of the definitions alone; the same input, the same text. */
export function nginxConf(plugins: readonly Plugin[], options: NginxOptions = {}): string {
	const {
		addressOf = byName,
		resolver = '127.0.0.11',
		upstreams_folder = '/etc/nginx/upstreams',
		host,
		port = PORT,
		tls_port = TLS_PORT,
		tunnel_port = TUNNEL_PORT,
		tls_folder = '/etc/nginx/tls',
		folder = '/tmp',
		max_requests = MAX_REQUESTS,
		timeouts_s = {headers: 15, body: 30, answer: TIMEOUT_S},
	} = options;
	const listen = (at: number) => `listen ${host === undefined ? '' : `${host}:`}${at}`;
	const locations = locationsOf(plugins);
	const filesBelow = plugins.filter(({files}) => files !== undefined && files.at !== '/');
	const {http: reached, to} = ways(partsOf(plugins, options), {addressOf, resolver, upstreams_folder});
	const location = (match: string, lines: readonly string[]) => block(`location ${match}`, lines);

	const server = [
		`${listen(port)};`,
		'# https for the house itself: its certificate is read at each handshake, so that one can be put there or renewed at any time,',
		'# and without one the other ports serve all the same.',
		`${listen(tls_port)} ssl http2;`,
		'# Told to the tunnel and to nobody else: what comes here came through Cloudflare, which says who sent it.',
		`${listen(tunnel_port)};`,
		'server_name _;',
		'server_tokens off;',
		'',
		'ssl_certificate $tls_folder/fullchain.pem;',
		'ssl_certificate_key $tls_folder/privkey.pem;',
		'ssl_protocols TLSv1.2 TLSv1.3;',
		'ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;',
		'ssl_session_cache shared:tls:1m;',
		'',
		...securityHeaders,
		...refusalHeaders,
		'',
		`client_max_body_size ${MAX_BODY_MB}m;`,
		`client_header_timeout ${timeouts_s.headers}s;`,
		'# Between two pieces: a slow phone may take its time, and the part is asked once all is here.',
		`client_body_timeout ${timeouts_s.body}s;`,
		`limit_conn clients ${max_requests};`,
		'limit_conn_status 429;',
		'',
		...proxying,
		`proxy_send_timeout ${timeouts_s.answer}s;`,
		`proxy_read_timeout ${timeouts_s.answer}s;`,
		'',
		'# Not for the outside.',
		...['= /ready', '= /metrics', '= /docs', '/docs/'].flatMap(match => location(match, ['return 404;'])),
		'',
		...locations.flatMap(({match, plugin, stream}) => location(match, [...to(plugin), ...(stream ? streaming : [])])),
		...filesBelow.flatMap(({name, files}) => location(files?.at ?? '', to(name))),
		'',
		'# Pages, and what no plugin named above answers: one from outside runs beside this one.',
		...location('/', to(fallbackOf(plugins, options))),
		'',
		'# Our own refusals, in the form of all others.',
		...refusalLocations.flatMap(({before, match, lines}) => [before, ...location(match, lines)]),
	];
	const http = [
		'default_type application/octet-stream;',
		'access_log off;',
		'sendfile on;',
		'keepalive_timeout 75s;',
		'large_client_header_buffers 4 16k;',
		'# Who is refused while still sending gets to read why, instead of a reset.',
		'lingering_close always;',
		'reset_timedout_connection on;',
		...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/nginx_${kind};`),
		'',
		...reached,
		'',
		'# The parts compress for themselves and say Vary; this is for what comes from a plugin as it is. Never text/event-stream: an',
		'# event must not wait for more to compress with.',
		'gzip on;',
		'gzip_proxied any;',
		'gzip_min_length 1024;',
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
		'# HTTP/1.0 may come without; the parts do not take that.',
		...block('map $http_host $asked_host', ['default $http_host;', '"" localhost;']),
		"# It holds for every port of the name, also those of the other things on a household's server; so only where https has its own.",
		...block('map $client_scheme:$http_host $transport_security', [
			'default "";',
			'"~^https:[^:]+$" "max-age=31536000";',
		]),
		'# A page says itself what it may load; JSON loads nothing.',
		...block('map $sent_http_content_security_policy:$sent_http_content_type $json_policy', [
			'default "";',
			'"~^:application/json" "default-src \'none\'; frame-ancestors \'none\'";',
		]),
		...block('map $server_port $tls_folder', [`default ${tls_folder};`]),
		...Object.entries(refusalMaps).flatMap(([head, lines]) => block(head, lines)),
		'limit_conn_zone $client_ip zone=clients:1m;',
		'',
		...block('server', server),
	];
	return `${[
		MADE,
		'worker_processes auto;',
		'worker_rlimit_nofile 16384;',
		`pid ${folder}/nginx.pid;`,
		'error_log stderr warn;',
		...block('events', ['worker_connections 4096;']),
		...block('http', http),
	].join('\n')}\n`;
}

const fallbackOf = (plugins: readonly Plugin[], {fallback}: NginxOptions): string =>
	fallback ?? plugins.find(({files}) => files?.at === '/')?.name ?? 'web';

/** Every plugin that is asked anything. */
const partsOf = (plugins: readonly Plugin[], options: NginxOptions): string[] =>
	[
		...new Set([
			fallbackOf(plugins, options),
			...plugins.filter(({routes = [], files}) => routes.length > 0 || files !== undefined).map(({name}) => name),
		]),
	].sort();

/** How nginx reaches each plugin's processes: of `http`, and of each location. */
function ways(parts: readonly string[], {addressOf, resolver, upstreams_folder}: Required<Ways>) {
	const addresses = new Map(parts.map(part => [part, [addressOf(part)].flat()]));
	const areNames = [...addresses.values()].flat().every(address => isIP(address.replace(/:\d+$/, '')) === 0);
	if (!areNames) {
		return {
			http: [...addresses].flatMap(([part, list]) =>
				block(`upstream ${part}`, [...list.map(address => `server ${address} ${FORGIVING};`), KEPT]),
			),
			to: (part: string) => [`set $part ${part};`, `proxy_pass http://${part};`],
		};
	}
	return {
		http: [
			'# The parts by name. Each name is asked for anew, since containers come and go; where it has several addresses, each in turn.',
			`resolver ${resolver} ipv6=off valid=${NAME_S}s;`,
			'resolver_timeout 2s;',
			'# So each request makes a connection. Where nginx is new enough for what is in nginx/upstreams, they stay open.',
			`include ${upstreams_folder}/*.conf;`,
			...block('map $part $address', ['default $name;', `include ${upstreams_folder}/*.map;`]),
		],
		to: (part: string) => [
			`set $part ${part};`,
			`set $name ${addresses.get(part)?.[0]};`,
			'proxy_pass http://$address;',
		],
	};
}

/**
 * The files of `nginx/upstreams`, for nginx from 1.27.3 on: it asks for the names of an upstream's servers while it runs, and so can
 * keep its connections to them.
 */
export function nginxUpstreams(plugins: readonly Plugin[], options: NginxOptions = {}): Record<string, string> {
	const {addressOf = byName} = options;
	const parts = partsOf(plugins, options);
	const upstreams = parts.flatMap(part =>
		block(`upstream ${part}`, [
			`zone ${part} 64k;`,
			`server ${[addressOf(part)].flat()[0]} resolve ${FORGIVING};`,
			KEPT,
		]),
	);
	return {
		'upstreams.conf': `${[MADE, ...upstreams].join('\n')}\n`,
		'addresses.map': `${[MADE, ...parts.map(part => `${part} ${part};`)].join('\n')}\n`,
	};
}

const block = (head: string, lines: readonly string[]): string[] => [
	`${head} {`,
	...lines.map(line => (line === '' ? '' : `\t${line}`)),
	'}',
];

// Only here: an `add_header` in a location takes the place of all of these.
const securityHeaders = [
	'add_header Strict-Transport-Security $transport_security always;',
	'add_header X-Content-Type-Options nosniff always;',
	'add_header X-Frame-Options DENY always;',
	'add_header Referrer-Policy no-referrer always;',
	'add_header Permissions-Policy "camera=(self), geolocation=(), microphone=()" always;',
	'add_header Content-Security-Policy $json_policy always;',
];

const proxying = [
	'# The host sends these as well; once is enough.',
	...['X-Content-Type-Options', 'X-Frame-Options', 'Referrer-Policy'].map(name => `proxy_hide_header ${name};`),
	'proxy_http_version 1.1;',
	'proxy_set_header Host $asked_host;',
	'proxy_set_header X-Request-ID $known_id;',
	'proxy_set_header X-Forwarded-For $client_ip;',
	'proxy_set_header X-Forwarded-Proto $client_scheme;',
	'proxy_set_header X-Forwarded-Host $asked_host;',
	'proxy_set_header CF-Connecting-IP "";',
	'proxy_set_header Forwarded "";',
	'proxy_set_header X-Real-IP "";',
	'# Connections stay open, and nothing here speaks another protocol.',
	'proxy_set_header Connection "";',
	'proxy_set_header Upgrade "";',
	'proxy_connect_timeout 2s;',
	'# Where one process of a part does not answer, another is asked; never again with what may already have been done.',
	'proxy_next_upstream error timeout;',
	'proxy_next_upstream_timeout 5s;',
	'# A large answer waits in the part for a slow client: what nginx writes is memory where /tmp is.',
	'proxy_max_temp_file_size 0;',
	'proxy_buffers 16 8k;',
];

const streaming = ['proxy_buffering off;', 'gzip off;', `proxy_read_timeout ${STREAM_TIMEOUT_S}s;`];
