// A reading process of an engine that has no build for this machine.
import type {Answer} from '../reading-processes.js';

process.send?.({unavailable: 'no build for this processor'} satisfies Answer);
process.on('disconnect', () => process.exit());
