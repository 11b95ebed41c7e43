import {generateKeyPairSync} from 'node:crypto';
import jwt from 'jsonwebtoken';
import Koa from 'koa';
import {food, tell, urlOf} from './answer.js';

// What is usual: Koa that verifies the token's signature at every request.
const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const token = jwt.sign({sub: food.id}, privateKey, {algorithm: 'ES256', expiresIn: 900});
const app = new Koa();
app.use(ctx => {
	jwt.verify(ctx.get('authorization').slice('Bearer '.length), publicKey, {algorithms: ['ES256']});
	ctx.body = {data: food};
});
const server = app.listen(0, '127.0.0.1', () => tell({url: urlOf(server, '/api/v1/bench'), token}));
process.on('disconnect', () => process.exit(0));
