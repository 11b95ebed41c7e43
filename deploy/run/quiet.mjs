import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {root} from './say.mjs';

/**
 * Runs a program and keeps what it prints. In a process group of its own, so that being told to stop ends all that it started.
 * Answers `{code, output}`; throws only when there is no such program.
 */
export function quiet(program, args, {cwd = root, env = process.env} = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, {cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', text => {
				output += text;
			});
		}
		const stop = signal => {
			process.kill(-child.pid, signal);
			process.exit(128 + constants.signals[signal]);
		};
		process.on('SIGINT', stop).on('SIGTERM', stop);
		const done = () => process.off('SIGINT', stop).off('SIGTERM', stop);
		child.once('error', error => {
			done();
			reject(error);
		});
		child.once('close', code => {
			done();
			resolve({code: code ?? 1, output});
		});
	});
}
