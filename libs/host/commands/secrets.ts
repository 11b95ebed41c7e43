import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {makeFolder} from '@hearth/ports/make-folder.js';
import {StartupError} from '@hearth/ports/startup-error.js';
import {createWhole} from '../create-whole.js';
import type {AddCommand} from './shell.js';

export const secrets: AddCommand = (program, {print}) => {
	program
		.command('secrets')
		.description(
			'makes each of these files that is missing, with a secret of its own; compose.yaml runs it at every start',
		)
		.argument('<file...>', 'where a secret belongs')
		.action((files: string[]) => {
			for (const file of files) print(`${file}: ${make(path.resolve(file)) ? 'made' : 'is there'}`);
		});
};

/** 256 bits as 64 hexadecimal digits, which only this account may read. True where it was made now. */
function make(file: string): boolean {
	try {
		makeFolder(path.dirname(file));
		return createWhole(file, `${randomBytes(32).toString('hex')}\n`);
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		const {uid, gid} = {uid: process.getuid?.(), gid: process.getgid?.()};
		throw new StartupError(
			`${file} cannot be written (${code}). Make its folder writable for the account ${uid}:${gid} that this runs as.`,
			{cause: error},
		);
	}
}
