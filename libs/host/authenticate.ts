import type {KeyObject} from 'node:crypto';
import type {Bus} from '@hearth/ports/bus.js';
import type {Logger} from 'pino';
import {ACCESS_TOKEN_S, claimedKeyId, importPublicKey, type VerifiedToken, verifyAccessToken} from './access-token.js';
import {PublicError} from './errors.js';
import {listen} from './events.js';
import {listRevocations, type Revocation, redeemTicket, revoked, verificationKeys} from './identity.js';
import type {Context, User} from './plugin.js';

// Tokens of a large household's devices many times over; each entry is some 700 bytes.
const REMEMBERED_TOKENS = 5000;
// A token signed by a key we do not know may mean a new key; asked seldom, so that junk tokens cannot make us ask all day.
const ASK_KEYS_EVERY_MS = 5000;

const unauthenticated = (message: string) => new PublicError('UNAUTHENTICATED', message);

/**
 * Who a bearer token speaks for. A verified signature is remembered until the token ends; whether its session or user was revoked is
 * asked each time, of a map that broadcasts feed and that is loaded anew at start and on reconnection.
 */
export class Authenticator {
	readonly #context: Context;
	readonly #log: Logger;
	readonly #keys = new Map<string, KeyObject>();
	readonly #tokens = new Map<string, VerifiedToken>();
	readonly #revokedSessions = new Map<string, number>();
	readonly #revokedUsers = new Map<string, number>();
	#askedKeysAt = Number.NEGATIVE_INFINITY;
	/** The revocations, asked for once and again after a reconnection. */
	#loaded: Promise<void> | undefined;
	#ready = false;

	constructor(context: Context) {
		this.#context = context;
		this.#log = context.log;
	}

	/** Hears of revocations from now on. */
	async listen(bus: Bus): Promise<void> {
		const hear = async (payload: Revocation) => this.#revoke(payload);
		await listen(bus, {event: revoked, everywhere: true, handle: hear}, this.#context);
		bus.onReconnect(() => {
			this.#ready = false;
			this.#loaded = undefined;
		});
	}

	/** The user of a token that was verified before and still stands; null where it must be looked at. No I/O. */
	remembered(token: string): User | null {
		const verified = this.#ready ? this.#tokens.get(token) : undefined;
		if (verified === undefined || verified.expires_at_s * 1000 <= this.#context.now()) return null;
		return this.#isRevoked(verified) ? null : verified.user;
	}

	/** The user of a token. Throws UNAUTHENTICATED, or UNAVAILABLE where the accounts cannot be asked for a needed key. */
	async user(token: string): Promise<User> {
		if (this.#loaded === undefined) {
			const loading = this.#loadRevocations();
			this.#loaded = loading;
			loading.then(
				() => {
					this.#ready = this.#loaded === loading;
				},
				() => {
					if (this.#loaded === loading) this.#loaded = undefined;
				},
			);
		}
		await this.#loaded;
		const now_ms = this.#context.now();
		const verified = this.#tokens.get(token) ?? (await this.#verify(token, now_ms));
		if (verified.expires_at_s * 1000 <= now_ms) {
			this.#tokens.delete(token);
			throw unauthenticated('Your access token has expired. Refresh it and try again.');
		}
		if (this.#isRevoked(verified)) throw unauthenticated('This session was ended. Sign in again.');
		return verified.user;
	}

	/** The user of a ticket, once. */
	async ticketUser(ticket: string): Promise<User> {
		const {user} = await this.#context.call(redeemTicket, {ticket: ticket.slice(0, 200)});
		if (user === null) throw unauthenticated('This ticket was used already or is too old. Ask for a new one.');
		return user;
	}

	async #verify(token: string, now_ms: number): Promise<VerifiedToken> {
		const kid = claimedKeyId(token);
		if (kid === null) throw unauthenticated('This is not an access token of this installation. Sign in again.');
		if (!this.#keys.has(kid)) await this.#loadKeys(now_ms);
		const key = this.#keys.get(kid);
		const verified = key === undefined ? null : verifyAccessToken(token, key, now_ms);
		if (verified === null)
			throw unauthenticated('This access token is not valid or has expired. Refresh it or sign in again.');
		this.#remember(token, verified);
		return verified;
	}

	#remember(token: string, verified: VerifiedToken): void {
		if (this.#tokens.size >= REMEMBERED_TOKENS) {
			const oldest = this.#tokens.keys().next();
			if (!oldest.done) this.#tokens.delete(oldest.value);
		}
		this.#tokens.set(token, verified);
	}

	async #loadKeys(now_ms: number): Promise<void> {
		if (now_ms - this.#askedKeysAt < ASK_KEYS_EVERY_MS && this.#keys.size > 0) return;
		this.#askedKeysAt = now_ms;
		const {keys} = await this.#context.call(verificationKeys, {});
		for (const key of keys) this.#keys.set(key.kid, importPublicKey(key));
	}

	async #loadRevocations(): Promise<void> {
		const {revoked: list} = await this.#context.call(listRevocations, {});
		for (const entry of list) this.#revoke(entry);
		this.#log.debug({revocations: list.length}, 'revocations loaded');
	}

	#revoke(entry: Revocation): void {
		const now_s = this.#context.now() / 1000;
		// No token outlives its revocation by more than this, so the maps stay as small as what was revoked lately.
		for (const map of [this.#revokedSessions, this.#revokedUsers]) {
			for (const [id, at_s] of map) if (at_s < now_s - ACCESS_TOKEN_S * 2) map.delete(id);
		}
		if ('session_id' in entry) this.#revokedSessions.set(entry.session_id, now_s);
		else
			this.#revokedUsers.set(entry.user_id, Math.max(entry.issued_before, this.#revokedUsers.get(entry.user_id) ?? 0));
	}

	#isRevoked({user, issued_at_s}: VerifiedToken): boolean {
		if (this.#revokedSessions.has(user.session_id)) return true;
		const before = this.#revokedUsers.get(user.id);
		return before !== undefined && issued_at_s < before;
	}
}
