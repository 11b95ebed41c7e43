import {definePlugin} from '@hearth/host/plugin.js';
import {completion} from './completion.js';
import {items} from './items.js';
import {lists} from './lists.js';
import {logEntries} from './log-entries.js';
import {mechanism} from './mechanism.js';
import {scheduleBlocks} from './schedule-blocks.js';
import {settings} from './settings.js';
import {top3} from './top3.js';

export default definePlugin({
	name: 'planner',
	summary: 'Schedule, completion, log of the day, settings and lists',
	collections: [scheduleBlocks, completion, top3, mechanism, logEntries, settings, lists, items],
});
