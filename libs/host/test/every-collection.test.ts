import test from 'ava';
import {discoverPlugins} from '../discover.js';

// What apps may rely on, whichever plugin declares it. A plugin may add others.
const PROMISED = [
	...['routines', 'workouts', 'routine_workout', 'workout_exercise', 'workout_exercise_sets', 'logs', 'log_exercise'],
	...['log_exercise_sets', 'exercises', 'workout_programs', 'workout_history', 'user_settings'],
	...['weights', 'health_metrics', 'medications', 'supplements', 'supplement_log'],
	...['food_logs', 'meals', 'meal_log', 'meal_plans'],
	...['schedule_blocks', 'completion', 'top3', 'mechanism', 'log_entries', 'settings', 'lists', 'items'],
];

test('every collection that apps rely on is in the house, once', async t => {
	const {plugins, failed} = await discoverPlugins({root: new URL('../../../', import.meta.url), outside: []});
	t.deepEqual(failed, []);
	const declared = plugins.flatMap(({collections = []}) => collections.map(({name}) => name));
	for (const name of PROMISED) t.is(declared.filter(other => other === name).length, 1, name);
});
