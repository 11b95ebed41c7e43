import auth from '@hearth/auth/plugin.js';
import {serve} from '@hearth/host/serve.js';
import sync from '../plugin.js';
import {collections} from './fixtures.js';

// A house in a process of its own, to be measured or killed. Says its URL once it can be asked.

const house = await serve({plugins: [auth, sync, collections], environment: process.env});
process.once('SIGTERM', () => void house.stop().then(() => process.exit(0)));
process.send?.({url: house.url});
