import auth from '@hearth/auth/plugin.js';
import {definePlugin, route} from '@hearth/host/plugin.js';
import {serve} from '@hearth/host/serve.js';
import {z} from 'zod';
import {food, tell} from './answer.js';

// The house with its accounts, and routes that do nothing but answer: what a request costs before a plugin's own work.
const described = {
	summary: 'Answers a food',
	role: 'member' as const,
	data: z.object({
		id: z.uuid(),
		name: z.string(),
		brand: z.string(),
		barcode: z.string(),
		basis: z.string(),
		nutrients: z.record(z.string(), z.number()),
		status: z.string(),
	}),
	handle: async () => food,
};
const answerFood = route('GET', '/api/v1/bench', described);
const answerFoodById = route('GET', '/api/v1/bench/:id', {...described, params: z.object({id: z.uuid()})});
const bench = definePlugin({name: 'bench', summary: 'For bench/http', routes: [answerFood, answerFoodById]});
const house = await serve({
	plugins: [auth, bench],
	environment: {HEARTH_DATA: process.argv[2], HEARTH_PORT: '0', HEARTH_LOG_LEVEL: 'warn', HEARTH_RATE_LIMITS: 'off'},
});
const stop = () => house.stop().then(() => process.exit(0));
process.on('SIGTERM', stop).on('disconnect', stop);
const answer = await fetch(new URL('/api/v1/auth/register', house.url), {
	method: 'POST',
	headers: {'content-type': 'application/json'},
	body: JSON.stringify({email: 'admin@example.org', password: 'correct horse battery staple'}),
});
const registered = z.object({data: z.object({access_token: z.string()})}).parse(await answer.json());
tell({url: `${house.url}/api/v1/bench`, token: registered.data.access_token});
