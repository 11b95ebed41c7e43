// The health check of a container, which has no shell tools to ask with: 0 when /ready answers 200 within 4 s.
const {HEARTH_HOST: host = '', HEARTH_PORT: port} = process.env;
// All addresses are also this one.
const address = ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
const url = `http://${address.includes(':') ? `[${address}]` : address}:${port || 8080}/ready`;
const answer = await fetch(url, {signal: AbortSignal.timeout(4000)}).catch(error => {
	console.error(error.cause?.message ?? error.message);
});
if (answer && !answer.ok) console.error(await answer.text());
process.exit(answer?.ok ? 0 : 1);
