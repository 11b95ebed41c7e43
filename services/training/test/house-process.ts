import auth from '@hearth/auth/plugin.js';
import {serve} from '@hearth/host/serve.js';
import sync from '@hearth/sync/plugin.js';
import training from '../plugin.js';

// A house in a process of its own, to be measured or killed.

const house = await serve({plugins: [auth, sync, training], environment: process.env});
process.once('SIGTERM', () => void house.stop().then(() => process.exit(0)));
process.send?.({url: house.url});
