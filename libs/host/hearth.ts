import {main} from './commands/main.js';

// `node libs/host/hearth.js <command>`; `npm run hearth -- <command>` installs and builds what is missing first.

process.exit(await main(process.argv.slice(2), new URL('../../', import.meta.url)));
