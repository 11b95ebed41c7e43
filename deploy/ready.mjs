// The health check of a container, which has no shell tools to ask with: 0 when /ready answers 200 within 4 s.
const port = process.env.HEARTH_PORT || 8080;
const answer = await fetch(`http://127.0.0.1:${port}/ready`, {signal: AbortSignal.timeout(4000)}).catch(error => {
	console.error(error.cause?.message ?? error.message);
});
if (answer && !answer.ok) console.error(await answer.text());
process.exit(answer?.ok ? 0 : 1);
