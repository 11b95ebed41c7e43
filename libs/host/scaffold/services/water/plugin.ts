import {definePlugin} from '@hearth/host/plugin.js';
import {addGlass} from './add-glass.js';
import {glassAdded} from './contract.js';
import {eraseGlasses, exportGlasses} from './export-and-erase.js';
import {listGlasses} from './list-glasses.js';
import {removeGlass} from './remove-glass.js';

export default definePlugin({
	name: 'water',
	summary: 'Glasses of each person, by day',
	routes: [addGlass, listGlasses, removeGlass],
	events: [glassAdded],
	migrations: new URL('../../migrations/water/', import.meta.url),
	exporters: [exportGlasses],
	erasers: [eraseGlasses],
});
