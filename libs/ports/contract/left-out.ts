import type {TestFn} from 'ava';

/**
 * Names what cannot be tested on this machine. Where `HEARTH_REQUIRE_REAL=1` says that everything must be there, that is a failure,
 * but of a program that is got only `onRequest`.
 */
export function leftOut(
	test: TestFn,
	what: string,
	reason: string,
	{onRequest = false}: {onRequest?: boolean} = {},
): void {
	if (process.env.HEARTH_REQUIRE_REAL === '1' && !onRequest)
		test(`${what} is tested`, t => t.fail(`Left out: ${reason}`));
	else test.skip(`${what} is tested (left out: ${reason})`, () => {});
}
