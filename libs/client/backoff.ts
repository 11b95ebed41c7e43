// The first retry comes soon, for a lost packet; the later ones seldom, for a server that is switched off over night.
const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;

/**
 * How long to wait after so many failures in a row: exponential, and anything between nothing and that, so that the devices of a
 * household do not come back all at once when the server does.
 */
export const backoff_ms = (failures: number, random: () => number): number =>
	random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
