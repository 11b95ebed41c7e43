import {within} from '@hearth/ports/drivers/within.js';

// A bus that is well has a message on its disk in milliseconds. One that hangs would hold up every answer for as long as it is waited for.
const PATIENCE_MS = 250;

/** Waits for what follows a commit, but not for long: it goes on by itself, and what is lost of it is swept up later. */
export async function briefly(work: Promise<void>): Promise<void> {
	await within(PATIENCE_MS, work);
}
