import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import packet from 'dns-packet';

/** Answers names of containers as an engine's own server does: with the addresses of those that run at this moment. */
export interface NameServer {
	port: number;
	close(): Promise<void>;
}

/** `addressesOf` gives all addresses of a name, none where nothing of that name runs. */
export async function startNameServer(
	address: string,
	addressesOf: (name: string) => readonly string[],
): Promise<NameServer> {
	const socket = createSocket('udp4');
	socket.on('message', (message, {port, address: from}) => {
		const query = packet.decode(message);
		const [question] = query.questions ?? [];
		if (question === undefined) return;
		const found = question.type === 'A' ? addressesOf(question.name.toLowerCase()) : [];
		const answer = packet.encode({
			type: 'response',
			id: query.id ?? 0,
			// NXDOMAIN, which a client may tell from an empty answer.
			flags: packet.AUTHORITATIVE_ANSWER | (found.length === 0 ? 3 : 0),
			questions: [question],
			answers: found.map(data => ({type: 'A', name: question.name, ttl: 1, data})),
		});
		socket.send(answer, port, from);
	});
	socket.bind(0, address);
	await once(socket, 'listening');
	socket.unref();
	return {
		port: socket.address().port,
		async close() {
			const closed = once(socket, 'close');
			socket.close();
			await closed;
		},
	};
}
