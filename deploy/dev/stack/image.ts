import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkout} from './compose-file.js';

/** What our own image says of every container that is made of it: the last stage of deploy/Dockerfile. */
export interface Image {
	entrypoint: string[];
	command: string[];
	environment: Record<string, string>;
	health: string[];
}

export function readImage(): Image {
	const text = readFileSync(join(checkout, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
	const stage = text.slice(text.lastIndexOf('\nFROM '));
	const only = (pattern: RegExp) => {
		const [found, another] = [...stage.matchAll(pattern)];
		if (found?.[1] === undefined || another !== undefined) {
			throw new Error(`deploy/Dockerfile does not have one line like ${pattern}`);
		}
		return found[1];
	};
	const environment = Object.fromEntries(
		[...stage.matchAll(/^ENV (.+)$/gm)].flatMap(([, pairs = '']) =>
			pairs
				.trim()
				.split(/\s+/)
				.map(pair => pair.split('=', 2) as [string, string]),
		),
	);
	return {
		entrypoint: JSON.parse(only(/^ENTRYPOINT (.+)$/gm)),
		command: JSON.parse(only(/^CMD (.+)$/gm)),
		environment,
		health: JSON.parse(only(/^HEALTHCHECK .*CMD (\[.+\])$/gm)),
	};
}
