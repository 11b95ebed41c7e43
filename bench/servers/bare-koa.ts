import Koa from 'koa';
import {food, tell, urlOf} from './answer.js';

// The limit: Koa with nothing but the answer.
const app = new Koa();
app.use(ctx => {
	ctx.body = {data: food};
});
const server = app.listen(0, '127.0.0.1', () => tell({url: urlOf(server, '/api/v1/bench'), token: null}));
process.on('disconnect', () => process.exit(0));
