import {createInterface, type Interface} from 'node:readline';
import {Writable} from 'node:stream';
import type {Command} from 'commander';
import {PublicError} from '../errors.js';
import type {Command as PluginCommand} from '../plugin.js';
import type {Shell} from './shell.js';
import {withContext} from './with-context.js';

/** Adds the commands that plugins declare; `user add` becomes `add` under `user`. */
export function addPluginCommands(program: Command, shell: Shell): void {
	for (const plugin of shell.discovered.plugins) {
		for (const declared of plugin.commands ?? []) {
			const words = declared.name.split(' ');
			const last = words.pop() ?? declared.name;
			const parent = words.reduce((at, word) => child(at, word, `of the plugin ${plugin.name}`), program);
			define(parent.command(last), declared, plugin.name, shell);
		}
	}
}

function child(parent: Command, word: string, summary: string): Command {
	return parent.commands.find(command => command.name() === word) ?? parent.command(word).description(summary);
}

function define(command: Command, declared: PluginCommand, plugin: string, shell: Shell): void {
	command.description(declared.summary);
	for (const {name, summary} of declared.arguments ?? []) command.argument(`<${name}>`, summary);
	for (const {name, summary, value, required} of declared.options ?? []) {
		const flags = value === undefined ? `--${name}` : `--${name} <${value}>`;
		if (required === true) command.requiredOption(flags, summary);
		else command.option(flags, summary);
	}
	command.action(async () => {
		const given = command.opts();
		// commander writes `dry-run` as `dryRun`; a command gets the names it declared.
		const options = Object.fromEntries(
			command.options.map(option => [option.name(), given[option.attributeName()] as string | true | undefined]),
		);
		await withContext(shell, async ({contextOf}) => {
			const questions = new Questions();
			try {
				await declared.run({arguments: [...command.args], options}, contextOf(plugin), {
					print: shell.print,
					secret: question => questions.ask(question),
				});
			} finally {
				questions.close();
			}
		});
	});
}

/** Asks at the terminal without showing what is typed; reads a line each where standard input is a file or a pipe. */
class Questions {
	#reader: Interface | undefined;
	#lines: AsyncIterator<string> | undefined;

	async ask(question: string): Promise<string> {
		process.stderr.write(`${question} `);
		const {value, done} = await this.#input().next();
		if (process.stdin.isTTY) process.stderr.write('\n');
		if (done === true)
			throw new PublicError('VALIDATION_ERROR', 'Nothing was typed. Try again, or give one line for each question.');
		return value;
	}

	close(): void {
		this.#reader?.close();
	}

	#input(): AsyncIterator<string> {
		if (this.#lines !== undefined) return this.#lines;
		const silent = new Writable({write: (_chunk, _encoding, done) => done()});
		this.#reader = createInterface({input: process.stdin, output: silent, terminal: process.stdin.isTTY});
		// The terminal is in raw mode now and sends no signal by itself.
		this.#reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
		this.#lines = this.#reader[Symbol.asyncIterator]();
		return this.#lines;
	}
}
