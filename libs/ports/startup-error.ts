/** Why the house cannot start, as a sentence for the person at the machine that says what to do. */
export class StartupError extends Error {
	override readonly name = 'StartupError';
}
