import type {ServerResponse} from 'node:http';
import type {Readable} from 'node:stream';

/** The streams that are being answered now. They have no end of their own, so a process that stops ends them, and waits for none. */
export class OpenStreams {
	readonly #open = new Map<ServerResponse, Readable>();
	#ended = false;

	add(res: ServerResponse, body: Readable): void {
		// Gone before there was an answer; Koa lets go of the body.
		if (res.destroyed) return;
		this.#open.set(res, body);
		res.once('close', () => this.#open.delete(res));
		if (this.#ended) this.#end(res, body);
	}

	/** Each in whole, so that a client sees an end and no cut, and asks another process. */
	end(): void {
		this.#ended = true;
		for (const [res, body] of this.#open) this.#end(res, body);
	}

	#end(res: ServerResponse, body: Readable): void {
		body.unpipe();
		// Koa destroys the body once the answer is finished, by which its plugin learns of it.
		res.end();
	}
}
