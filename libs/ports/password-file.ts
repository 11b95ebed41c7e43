import {readFileSync} from 'node:fs';
import {withoutPassword} from './driver.js';
import {StartupError} from './startup-error.js';

/**
 * A port's URL with the password that lies in the file named by `?password_file=`, so that neither the environment nor compose.yaml
 * holds it. Other URLs are answered as they are. Throws `StartupError`, naming the setting, where there is no such password.
 */
export function withPasswordOfFile(setting: string, url: string): string {
	const [parameter, file] = /[?&]password_file=([^&#]*)/.exec(url) ?? [];
	if (parameter === undefined || file === undefined) return url;
	const user = /^[a-z][a-z0-9+.-]*:\/\/[^:@/?#]*(?=@)/i.exec(url)?.[0];
	if (user === undefined) {
		throw new StartupError(
			`${setting} is ${withoutPassword(url)}: with password_file it needs a user and no password, as in scheme://user@host.`,
		);
	}
	const rest = url
		.slice(user.length)
		.replace(parameter, '')
		.replace(/^([^?&]*)&/, '$1?');
	return `${user}:${encodeURIComponent(read(setting, decodeURIComponent(file)))}${rest}`;
}

function read(setting: string, file: string): string {
	let password: string;
	try {
		password = readFileSync(file, 'utf8').trimEnd();
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		throw new StartupError(`${setting} names the password file ${file}, which cannot be read (${code}).`, {
			cause: error,
		});
	}
	if (password === '') throw new StartupError(`${setting} names the password file ${file}, which is empty.`);
	return password;
}
