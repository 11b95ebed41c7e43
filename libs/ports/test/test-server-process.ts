import {startTestServer} from '../test-database.js';

// A test run of its own, for the test that kills one.
const {url} = await startTestServer();
process.send?.({url});
// Keeps the process until it is killed.
process.on('message', () => {});
