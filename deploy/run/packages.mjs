import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './say.mjs';

/** The folders of the workspace's packages, relative to the checkout; as in pnpm-workspace.yaml. */
export function packageFolders() {
	// What only development needs is not in the image.
	const inside = folder =>
		(existsSync(join(root, folder)) ? readdirSync(join(root, folder), {withFileTypes: true}) : [])
			.filter(entry => entry.isDirectory())
			.map(entry => `${folder}/${entry.name}`);
	return [...inside('libs'), ...inside('services'), 'bench', ...inside('deploy/dev')].filter(folder =>
		existsSync(join(root, folder, 'package.json')),
	);
}

export const manifest = folder => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/** Every file below a folder of the checkout that `keep` wants, relative to the checkout. Dependencies are not looked into. */
export function* filesBelow(folder, keep, skip = ['node_modules', 'public']) {
	for (const entry of readdirSync(join(root, folder), {withFileTypes: true})) {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory()) {
			if (!skip.includes(entry.name)) yield* filesBelow(path, keep, skip);
		} else if (keep(path)) yield path;
	}
}

/** One hash of the files' names and contents, and of `more`. By content: a checkout changes times, and not always forwards. */
export function hashOf(files, ...more) {
	const hash = createHash('sha256');
	for (const text of more) hash.update(`${text}\0`);
	for (const file of [...files].sort())
		hash
			.update(`${file}\0`)
			.update(readFileSync(join(root, file)))
			.update('\0');
	return hash.digest('hex');
}
