import {spawn} from 'node:child_process';

// The slowest build took minutes on two busy cores. Too long delays a run that hangs; too short leaves a program out.
const LONGEST_MS = 30 * 60_000;

/**
 * Runs a program without a terminal; answers `{code, output}`, code 127 where there is no such program. It and all that it started
 * end with us, or when it takes longer than half an hour.
 */
export function run(program, args, {cwd, env = process.env, longest_ms = LONGEST_MS} = {}) {
	return new Promise(resolve => {
		const child = spawn(program, args, {cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', text => {
				output += text;
			});
		}
		const end = () => {
			try {
				process.kill(-child.pid, 'SIGKILL');
			} catch (error) {
				if (error.code !== 'ESRCH') throw error;
			}
		};
		const late = setTimeout(() => {
			output += `\nstopped: it took longer than ${longest_ms / 1000} s`;
			end();
		}, longest_ms);
		const leave = () => process.exit(130); // passes by the exit listener
		process.on('exit', end).on('SIGINT', leave).on('SIGTERM', leave);
		const done = code => {
			clearTimeout(late);
			process.off('exit', end).off('SIGINT', leave).off('SIGTERM', leave);
			resolve({code, output: output.trim()});
		};
		child.once('error', error => {
			output += error.message;
			done(error.code === 'ENOENT' ? 127 : 126);
		});
		child.once('close', code => done(code ?? 1));
	});
}

/** The last lines of what a program printed, where compilers and apt say what was wrong. */
export const ending = output => output.split('\n').slice(-5).join('\n');
