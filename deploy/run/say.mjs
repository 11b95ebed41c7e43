import {fileURLToPath} from 'node:url';

/** The checkout, without a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** To standard error, so that what a command prints can be piped. */
export const say = line => process.stderr.write(`${line}\n`);

/** Ends the run with one sentence for the person at the terminal. */
export class Stop extends Error {}
