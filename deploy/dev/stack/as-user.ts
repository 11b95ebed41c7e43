/**
 * A command as the account of the container. Only root can be somebody else, in a user namespace: what it writes is root's outside,
 * but it has none of root's rights.
 */
export function asUser(user: string | undefined, program: string, args: string[]): string[] {
	if (process.getuid?.() !== 0) return [program, ...args];
	const [, uid, gid] = /^(\d+):(\d+)$/.exec(user ?? '') ?? [];
	if (uid === undefined) throw new Error(`A user is told as two numbers, not ${user}`);
	return ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--', program, ...args];
}
