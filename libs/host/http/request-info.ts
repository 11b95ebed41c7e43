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

/** Reads what handlers may know of a request; forwarding headers count only from a trusted peer. */
export function requestInfo(ctx: KoaContext, requestId: string, trusts: (address: string) => boolean): RequestInfo {
	const peer = plain(ctx.req.socket.remoteAddress ?? '');
	const behindProxy = trusts(peer);
	const header = (name: string) => ctx.req.headers[name] as string | undefined;
	const protocol = behindProxy && header('x-forwarded-proto')?.split(',')[0]?.trim() === 'https' ? 'https' : 'http';
	const host = (behindProxy ? header('x-forwarded-host') : undefined) ?? header('host') ?? '';
	let signal: AbortSignal | undefined;
	return {
		id: requestId,
		ip: behindProxy ? (clientOf(header('x-forwarded-for'), trusts) ?? peer) : peer,
		get local() {
			const name = (header('host') ?? '').replace(/:\d+$/, '').toLowerCase();
			return (
				isLoopback(peer) &&
				FORWARDING.every(forwarding => header(forwarding) === undefined) &&
				(name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name))
			);
		},
		headers: ctx.req.headers as Record<string, string | undefined>,
		get signal() {
			signal ??= abortedWith(ctx);
			return signal;
		},
		origin: `${protocol}://${host}`,
		cookies: {get: name => ctx.cookies.get(name)},
	};
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
