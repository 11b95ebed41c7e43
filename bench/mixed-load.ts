import {Agent, request} from 'node:http';
import {labelJpeg} from '../services/vision/test/label-picture.js';

// What a household's apps ask, mixed: mostly reading, some writing, now and then a sign-in or a picture.

/** Of a thousand requests. A sign-in costs 50 ms of a core by design, and a picture is read afterwards for as long as a second. */
const MIX = {search: 480, read_food: 300, create_food: 120, list_queue: 80, log_in: 18, upload: 2};
export type MixedKind = keyof typeof MIX;
export const MIXED_KINDS = Object.keys(MIX) as MixedKind[];

const FOODS = 300;
const WORDS = [
	'oat',
	'rye',
	'millet',
	'lentil',
	'walnut',
	'cherry',
	'pepper',
	'yoghurt',
	'honey',
	'barley',
	'cocoa',
	'plum',
];

export interface Account {
	email: string;
	password: string;
	access_token: string;
}

/** A house with foods in it and a moderator to ask by. */
export interface Target {
	url: string;
	moderator: Account;
	/** Who signs in: each time ends the oldest session of somebody who has many. */
	member: Account;
	food_ids: string[];
	agent: Agent;
}

export interface Answered {
	kind: MixedKind;
	ms: number;
	good: boolean;
	/** Of the answer; 0 where none came. */
	status: number;
}

/** Fills a house with verified foods. */
export async function prepare(
	url: string,
	{moderator, member}: Pick<Target, 'moderator' | 'member'>,
	connections: number,
): Promise<Target> {
	const target: Target = {
		url,
		moderator,
		member,
		food_ids: [],
		agent: new Agent({keepAlive: true, maxSockets: connections}),
	};
	for (let n = 0; n < FOODS; n++) {
		const made = await send(target, 'POST', '/api/v1/foods', foodNumber(n));
		if (made.status !== 201) throw new Error(`A food was answered ${made.status}: ${made.text}`);
		const {id} = JSON.parse(made.text).data;
		target.food_ids.push(id);
		const approved = await send(target, 'POST', `/api/v1/admin/foods/${id}/approve`, {});
		if (approved.status !== 200) throw new Error(`An approval was answered ${approved.status}: ${approved.text}`);
	}
	return target;
}

/** Asks over so many connections for so long, each as soon as it is answered. */
export async function askMixed(
	target: Target,
	{connections, duration_ms}: {connections: number; duration_ms: number},
): Promise<Answered[]> {
	const until = performance.now() + duration_ms;
	const answered: Answered[] = [];
	await Promise.all(
		Array.from({length: connections}, async (_, n) => {
			for (let turn = n; performance.now() < until; turn++) {
				const kind = chosen(Math.random());
				const began = performance.now();
				const {good, status} = await ask(target, kind, turn);
				answered.push({kind, ms: performance.now() - began, good, status});
			}
		}),
	);
	return answered;
}

/** Whether one request of each kind is answered well now. */
export async function answersAll(target: Target): Promise<boolean> {
	const answers = await Promise.all(MIXED_KINDS.map((kind, n) => ask(target, kind, n)));
	return answers.every(({good}) => good);
}

function chosen(share: number): MixedKind {
	let at = share * Object.values(MIX).reduce((sum, weight) => sum + weight, 0);
	return (
		MIXED_KINDS.find(kind => {
			at -= MIX[kind];
			return at < 0;
		}) ?? 'search'
	);
}

let pictures = 0;

async function ask(target: Target, kind: MixedKind, turn: number): Promise<Pick<Answered, 'good' | 'status'>> {
	const {member, food_ids} = target;
	const food = food_ids[turn % food_ids.length];
	const word = WORDS[turn % WORDS.length];
	const asked = async (wanted: number, ...request: [method: string, path: string, body?: object | Buffer]) => {
		const {status} = await send(target, ...request);
		return {good: status === wanted, status};
	};
	switch (kind) {
		case 'search':
			return asked(200, 'GET', `/api/v1/foods/search?q=${word}&limit=10`);
		case 'read_food':
			return asked(200, 'GET', `/api/v1/foods/${food}`);
		case 'create_food':
			return asked(201, 'POST', '/api/v1/foods', foodNumber(turn));
		case 'list_queue':
			return asked(200, 'GET', '/api/v1/admin/foods/queue?limit=10');
		case 'log_in': {
			const {email, password} = member;
			return asked(200, 'POST', '/api/v1/auth/login', {email, password});
		}
		case 'upload': {
			pictures += 1;
			const picture = await labelJpeg({mark: `${process.pid} ${pictures}`, width: 600, height: 500});
			return asked(202, 'POST', '/api/v1/images/upload', picture);
		}
	}
}

const foodNumber = (n: number) => ({
	name: `${WORDS[n % WORDS.length]} ${WORDS[(n * 7 + 3) % WORDS.length]} number ${n}`,
	nutrients: {energy_kcal: 100 + (n % 700), fat_g: 3, protein_g: 9},
});

const BOUNDARY = 'hearth-bench';
const NO_ANSWER = {status: 0, text: ''};

/** By Node's own client: one that does more would take the processor from what is measured. */
function send(
	{url, moderator, agent}: Target,
	method: string,
	path: string,
	body?: object | Buffer,
): Promise<{status: number; text: string}> {
	const [type, bytes] =
		body === undefined
			? []
			: Buffer.isBuffer(body)
				? [`multipart/form-data; boundary=${BOUNDARY}`, multipart(body)]
				: ['application/json', Buffer.from(JSON.stringify(body))];
	return new Promise(resolve => {
		const sent = request(
			url + path,
			{
				method,
				agent,
				headers: {
					authorization: `Bearer ${moderator.access_token}`,
					...(bytes && {'content-type': type, 'content-length': bytes.length}),
				},
				timeout: 15_000,
			},
			response => {
				let text = '';
				response.setEncoding('utf8').on('data', (part: string) => {
					text += part;
				});
				response.on('end', () => resolve({status: response.statusCode ?? 0, text}));
				response.on('error', () => resolve(NO_ANSWER));
			},
		);
		sent.on('timeout', () => sent.destroy());
		// No answer is one, too: that a part is down is what is looked at.
		sent.on('error', () => resolve(NO_ANSWER));
		sent.end(bytes);
	});
}

const multipart = (jpeg: Buffer) =>
	Buffer.concat([
		Buffer.from(
			`--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="label.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
		),
		jpeg,
		Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
	]);
