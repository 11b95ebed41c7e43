/** Where a driver writes what an operator may want to read later. A pino logger is one. */
export interface Log {
	info(details: object, message: string): void;
	warn(details: object, message: string): void;
	error(details: object, message: string): void;
}

/** What every driver may use besides its URL. */
export interface DriverOptions {
	/** The folder that holds all that an installation keeps. Embedded drivers live below it. */
	data_folder: string;
	/** True for a command beside a running server: share what that server started, and never stop it. */
	guest: boolean;
	/** Tells the person who starts the house one line they should see. */
	say: (line: string) => void;
	log: Log;
}

/** A URL as it may be shown: without its password. */
export function withoutPassword(url: string): string {
	return url.replace(/^([a-z0-9+.-]+:\/\/[^:/@]*):[^@]*@/i, '$1:…@').replace(/([?&]password=)[^&]*/i, '$1…');
}
