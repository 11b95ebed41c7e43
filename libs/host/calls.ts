import {type Bus, NoResponder} from '@hearth/ports/bus.js';
import {z} from 'zod';
import {isErrorCode, PublicError} from './errors.js';
import type {Metrics} from './metrics.js';
import type {Call, Context, Responder} from './plugin.js';

// Long enough for a busy NAS, short enough that a person is told within a second or two which part is down.
const CALL_TIMEOUT_MS = 2000;

export const callSubject = (name: string) => `calls.${name}`;

const question = z.object({request_id: z.string(), input: z.unknown()});
const answer = z.union([
	z.object({data: z.unknown(), error: z.undefined().optional()}),
	z.object({error: z.object({code: z.string(), message: z.string(), details: z.unknown().optional()})}),
]);

/**
 * Asks another plugin over the bus, in one process or across a network. The schemas hold at both ends.
 * Throws the other side's `PublicError` again, and `UNAVAILABLE` with the part's name where nobody answers in time.
 */
export async function ask<Input extends z.ZodType, Output extends z.ZodType>(
	bus: Bus,
	metrics: Metrics,
	call: Call<Input, Output>,
	input: z.input<Input>,
	requestId: string,
): Promise<z.output<Output>> {
	const ended = metrics.calls.startTimer({call: call.name});
	try {
		const payload = {request_id: requestId, input: call.input.parse(input)};
		const answered = answer.parse(
			await bus.request(callSubject(call.name), payload, {timeout_ms: call.timeout_ms ?? CALL_TIMEOUT_MS}),
		);
		if (answered.error !== undefined) {
			const {code, message, details} = answered.error;
			throw new PublicError(isErrorCode(code) ? code : 'INTERNAL', message, {details});
		}
		ended({outcome: 'ok'});
		return call.output.parse(answered.data);
	} catch (error) {
		ended({outcome: error instanceof PublicError ? error.code : 'failed'});
		if (!(error instanceof NoResponder)) throw error;
		const {code, message, details} = unavailable(call, 'it does not answer at the moment');
		throw new PublicError(code, message, {details, cause: error});
	}
}

function unavailable({name}: Call, reason: string) {
	const part = name.split('.')[0];
	return {
		code: 'UNAVAILABLE' as const,
		message: `The ${part} part of Hearth is down: ${reason}. Try again shortly.`,
		details: {part},
	};
}

/** Answers a call for others; what the handler throws travels as code and message, and only a `PublicError` says why. */
export async function answerCall(
	bus: Bus,
	{call, handle}: Responder,
	contextFor: (requestId: string) => Context,
	failed: () => string | null,
): Promise<void> {
	await bus.answer(callSubject(call.name), async payload => {
		const {request_id, input} = question.parse(payload);
		const context = contextFor(request_id);
		const reason = failed();
		if (reason !== null) return {error: unavailable(call, reason)};
		try {
			// The type was checked where the responder was made; here all responders look alike.
			const data = await handle(call.input.parse(input) as never, context);
			return {data: call.output.parse(data)};
		} catch (error) {
			if (error instanceof PublicError) {
				return {error: {code: error.code, message: error.message, details: error.details}};
			}
			context.log.error({err: error, call: call.name}, 'a call failed');
			return {error: {code: 'INTERNAL', message: 'Something went wrong on our side. It has been logged.'}};
		}
	});
}
