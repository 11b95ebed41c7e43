// `npm start`, `npm test` and `npm run hearth`: all that they need beyond Node and npm is fetched and built here, once.
// This file must be read by old Nodes too, so that they can be told what is missing: the work is in run/, imported afterwards.

const [major, minor] = process.versions.node.split('.').map(Number);
// What the newest of our dependencies asks: 20.19, or 22.12 and later (both can `require` an ES module).
const recent = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (recent) {
	import('./run/main.mjs').then(({main}) => main(process.argv.slice(2)));
} else {
	console.error(
		`Hearth needs Node.js 20.19 or newer (of the 22s, 22.12), and this is ${process.versions.node}. Install it from https://nodejs.org and start again.`,
	);
	process.exitCode = 1;
}
