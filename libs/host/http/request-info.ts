import {randomUUID} from 'node:crypto';
import {BlockList, isIP} from 'node:net';
import type {Context as KoaContext} from 'koa';
import type {RequestInfo} from '../plugin.js';

const SANE_REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'x-forwarded-host'];

/** The client's request id where it sent a sane one, else a new one. */
export const requestIdOf = (sent: string | string[] | undefined): string =>
	typeof sent === 'string' && SANE_REQUEST_ID.test(sent) ? sent : randomUUID();

/** Answers whether a peer is one of the proxies whose forwarding headers are believed. */
export function trustOf(ranges: readonly string[]): (address: string) => boolean {
	if (ranges.length === 0) return () => false;
	const trusted = new BlockList();
	for (const range of ranges) {
		const [address = '', prefix] = range.split('/');
		const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
		if (prefix === undefined) trusted.addAddress(address, family);
		else trusted.addSubnet(address, Number(prefix), family);
	}
	return address => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 client of a dual-stack socket shows as `::ffff:1.2.3.4`; it is the same client. */
const plain = (address: string) => (address.startsWith('::ffff:') ? address.slice(7) : address);

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');

/** What handlers may know of a request; forwarding headers count only from a trusted peer. Read when asked for: few handlers ask. */
export class HttpRequestInfo implements RequestInfo {
	readonly id: string;
	readonly #ctx: KoaContext;
	readonly #peer: string;
	readonly #behindProxy: boolean;
	readonly #trusts: (address: string) => boolean;
	#signal: AbortSignal | undefined;

	constructor(ctx: KoaContext, id: string, trusts: (address: string) => boolean) {
		this.id = id;
		this.#ctx = ctx;
		this.#peer = plain(ctx.req.socket.remoteAddress ?? '');
		this.#trusts = trusts;
		this.#behindProxy = trusts(this.#peer);
	}

	get ip(): string {
		return this.#behindProxy ? addressOf(this.#ctx, this.#trusts) : this.#peer;
	}

	get local(): boolean {
		const name = (this.#header('host') ?? '').replace(/:\d+$/, '').toLowerCase();
		return (
			isLoopback(this.#peer) &&
			FORWARDING.every(forwarding => this.#header(forwarding) === undefined) &&
			(name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name))
		);
	}

	get headers(): RequestInfo['headers'] {
		return this.#ctx.req.headers as Record<string, string | undefined>;
	}

	get signal(): AbortSignal {
		this.#signal ??= abortedWith(this.#ctx);
		return this.#signal;
	}

	get origin(): string {
		const forwarded = this.#behindProxy ? this.#header('x-forwarded-proto')?.split(',')[0]?.trim() : undefined;
		const host = (this.#behindProxy ? this.#header('x-forwarded-host') : undefined) ?? this.#header('host') ?? '';
		return `${forwarded === 'https' ? 'https' : 'http'}://${host}`;
	}

	get cookies(): RequestInfo['cookies'] {
		return {get: name => this.#ctx.cookies.get(name)};
	}

	#header(name: string): string | undefined {
		const value = this.#ctx.req.headers[name];
		return Array.isArray(value) ? value[0] : value;
	}
}

/** Of the client; of a trusted proxy's, the one that it names. */
export function addressOf({req}: KoaContext, trusts: (address: string) => boolean): string {
	const peer = plain(req.socket.remoteAddress ?? '');
	// Repeated, Node has made one of them.
	return trusts(peer) ? (clientOf(req.headers['x-forwarded-for'] as string | undefined, trusts) ?? peer) : peer;
}

/** The last address of the chain that no trusted proxy wrote of itself. */
function clientOf(chain: string | undefined, trusts: (address: string) => boolean): string | undefined {
	const addresses = (chain ?? '').split(',').map(address => plain(address.trim()));
	return addresses.reverse().find(address => isIP(address) !== 0 && !trusts(address));
}

function abortedWith(ctx: KoaContext): AbortSignal {
	const gone = new AbortController();
	ctx.res.once('close', () => {
		if (!ctx.res.writableFinished) gone.abort(new Error('The client went away'));
	});
	return gone.signal;
}
