import {execFile} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {parse} from 'yaml';
import {z} from 'zod';
import {leftOut} from '../../libs/ports/contract/left-out.js';
import {findServer} from '../dev/servers/find.js';
import {aFolder, checkout} from './running.js';

// What the real cloudflared makes of the file that leads the tunnel to nginx. What goes through it only Cloudflare could show.

const CONFIG = join(checkout, 'cloudflared/config.yml');
const text = readFileSync(CONFIG, 'utf8');
const nginx = readFileSync(join(checkout, 'nginx/hearth.conf'), 'utf8');
const config = z
	.object({
		ingress: z.tuple([
			z.object({hostname: z.string(), service: z.string(), originRequest: z.record(z.string(), z.unknown())}),
			z.object({service: z.string()}),
		]),
	})
	.parse(parse(text));
const [house] = config.ingress;

const cloudflared = findServer('cloudflared');
if (cloudflared === null) leftOut(test, 'the tunnel', 'there is no cloudflared');
else {
	/** What it prints, and whether it was content. Of its own it reads nothing: its home is an empty folder. */
	const ingress = async (t: ExecutionContext, file: string, ...command: string[]) => {
		const asked = promisify(execFile)(cloudflared, ['tunnel', '--config', file, 'ingress', ...command], {
			env: {HOME: aFolder(t)},
			timeout: 60_000,
		});
		return asked.then(
			({stdout, stderr}) => ({accepted: true, said: stdout + stderr}),
			({stdout, stderr}) => ({accepted: false, said: `${stdout}${stderr}`}),
		);
	};
	/** The file with something put wrong. */
	const broken = (t: ExecutionContext, what: string | RegExp, by: string) => {
		const file = join(aFolder(t), 'config.yml');
		t.not(text.replace(what, by), text, 'there is something to break');
		writeFileSync(file, text.replace(what, by));
		return file;
	};

	test('cloudflared accepts the file, and knows every key in it', async t => {
		t.deepEqual(await ingress(t, CONFIG, 'validate'), {accepted: true, said: `Validating rules from ${CONFIG}\nOK\n`});
	});

	test('cloudflared refuses a file that is broken, and names a key that it does not know', async t => {
		for (const [what, by, why] of [
			[/\n {2}- service: http_status:404\n/, '\n', /last ingress rule must match all/],
			['http://nginx:8081', 'nginx:8081', /nginx:8081 is an invalid address/],
			['http://nginx:8081', 'http://nginx:8081/api', /don't support proxying to a different path/],
			['connectTimeout: 5s', 'connectTimeout: soon', /soon/],
		] as const) {
			const {accepted, said} = await ingress(t, broken(t, what, by), 'validate');
			t.false(accepted, said);
			t.regex(said, why);
		}
		const misspelt = await ingress(t, broken(t, 'connectTimeout', 'connectTimeuot'), 'validate');
		t.regex(misspelt.said, /unused keys[\s\S]*connectTimeuot/);
	});

	test('whatever is asked of the house’s name goes to nginx, and any other name nowhere', async t => {
		for (const path of ['', '/', '/api/v1/images/upload', '/api/v1/sync/events?after=1', '/health', '/metrics']) {
			const {accepted, said} = await ingress(t, CONFIG, 'rule', `https://${house.hostname}${path}`);
			t.true(accepted, said);
			t.regex(said, /^Matched rule #0$/m, path);
			t.regex(said, /^\s*service: http:\/\/nginx:8081$/m, path);
		}
		for (const name of ['example.org', `other.${house.hostname}`, 'hearth.example.com', '192.0.2.1', 'nginx']) {
			const {said} = await ingress(t, CONFIG, 'rule', `https://${name}/api/v1/foods`);
			t.regex(said, /^Matched rule #1$/m, name);
			t.regex(said, /^\s*service: http_status:404$/m, name);
		}
	});
}

test('the tunnel leads to the port of nginx that believes Cloudflare about the visitor', t => {
	t.is(house.service, 'http://nginx:8081');
	t.regex(nginx, /^\s*listen 8081;$/m);
});

test('nginx and the tunnel agree on when a connection, a request and an upload are over', t => {
	const seconds = (pattern: RegExp) => Number(pattern.exec(nginx)?.[1]);
	// No request is sent into a connection that is being closed.
	t.true(Number.parseInt(String(house.originRequest.keepAliveTimeout), 10) < seconds(/keepalive_timeout (\d+)s;/));
	// Cloudflare takes 100 MB, and waits 120 s for what an origin says next: the house answers before, in its own words.
	t.true(seconds(/client_max_body_size (\d+)m;/) < 100);
	t.true(seconds(/proxy_read_timeout (\d+)s;/) < 120);
});
