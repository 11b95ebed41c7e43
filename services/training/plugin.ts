import {definePlugin} from '@hearth/host/plugin.js';
import {exercises} from './exercises.js';
import {importWorkouts} from './import-workouts.js';
import {logExercise} from './log-exercise.js';
import {logExerciseSets} from './log-exercise-sets.js';
import {logs} from './logs.js';
import {routineWorkout} from './routine-workout.js';
import {routines} from './routines.js';
import {userSettings} from './user-settings.js';
import {workoutExercise} from './workout-exercise.js';
import {workoutExerciseSets} from './workout-exercise-sets.js';
import {workoutHistory} from './workout-history.js';
import {workoutPrograms} from './workout-programs.js';
import {workouts} from './workouts.js';

export default definePlugin({
	name: 'training',
	summary: 'Routines, workouts, sessions, exercises and programs',
	collections: [
		routines,
		workouts,
		routineWorkout,
		workoutExercise,
		workoutExerciseSets,
		logs,
		logExercise,
		logExerciseSets,
		exercises,
		workoutPrograms,
		workoutHistory,
		userSettings,
	],
	routes: [importWorkouts],
});
