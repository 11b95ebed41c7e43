import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {tell, urlOf} from './answer.js';

// The peer of bench/sync: pouchdb-server as its makers put it together, an express-pouchdb on PouchDB's default storage, LevelDB.
type Listener = Parameters<typeof createServer>[1];
const require = createRequire(import.meta.url);
const pouchdb: {defaults(options: {prefix: string}): unknown} = require('pouchdb');
const expressPouchdb: (pouch: unknown, options: {configPath: string; logPath: string}) => Listener =
	require('express-pouchdb');

const folder = process.argv[2] ?? '.';
const app = expressPouchdb(pouchdb.defaults({prefix: `${folder}/`}), {
	configPath: join(folder, 'config.json'),
	logPath: join(folder, 'log.txt'),
});
const server = createServer(app).listen(0, '127.0.0.1', () => tell({url: urlOf(server, '/'), token: null}));
process.on('disconnect', () => process.exit(0));
