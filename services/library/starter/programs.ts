import type {LEVELS, TRAINING_GOALS} from '../contract.js';

// Training programs in words of this project. What they need in equipment follows from their exercises.

export const PROGRAM_SOURCES = {
	acsm_strength:
		'ACSM position stand: Progression models in resistance training for healthy adults, Med Sci Sports Exerc 41(3):687, 2009',
	acsm_fitness: 'ACSM position stand: Quantity and quality of exercise, Med Sci Sports Exerc 43(7):1334, 2011',
	who: 'WHO guidelines on physical activity and sedentary behaviour, 2020',
} as const;

/** Exercise by name, sets, what a set is (repetitions, or a time: 30s, 20min), and seconds of rest after each. */
type Planned = readonly [exercise: string, sets: number, set: string, rest_s: number];

export interface StarterProgram {
	name: string;
	summary: string;
	/** What it is for, the foremost first. */
	goals: readonly (typeof TRAINING_GOALS)[number][];
	level: (typeof LEVELS)[number];
	/** How often the days below are done in a week; they take turns. */
	days_per_week: number;
	weeks: number;
	session_minutes: number;
	/** Whether feet leave the floor, or joints bear more than in everyday life. */
	impact: 'low' | 'high';
	days: readonly {name: string; exercises: readonly Planned[]}[];
	progression: string;
	source: keyof typeof PROGRAM_SOURCES;
}

// biome-ignore format: a plan reads by its lines
export const PROGRAMS: readonly StarterProgram[] = [
	{
		name: 'Full body without equipment', summary: 'All large muscles three times a week, on the floor of any room.',
		goals: ['general_fitness', 'muscle', 'strength', 'fat_loss'], level: 'beginner', days_per_week: 3, weeks: 8, session_minutes: 30, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'A', exercises: [['Bodyweight squat', 3, '10-15', 60], ['Incline push-up', 3, '8-12', 60], ['Glute bridge', 3, '12-15', 60], ['Bird dog', 2, '8', 45], ['Plank', 3, '20s', 45]]},
			{name: 'B', exercises: [['Reverse lunge', 3, '8-10', 60], ['Knee push-up', 3, '8-12', 60], ['Single-leg glute bridge', 3, '8-10', 60], ['Superman', 2, '10', 45], ['Side plank', 2, '20s', 45]]},
		],
		progression: 'When all sets reach the upper number, take the harder form: a lower support for the hands, a longer hold.',
	},
	{
		name: 'Bands at home', summary: 'Pulling and pushing with one band, for a room or a journey.',
		goals: ['general_fitness', 'muscle', 'strength'], level: 'beginner', days_per_week: 3, weeks: 8, session_minutes: 35, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'A', exercises: [['Bodyweight squat', 3, '12-15', 60], ['Band row', 3, '12-15', 60], ['Band chest press', 3, '12-15', 60], ['Banded good morning', 3, '12-15', 60], ['Band Pallof press', 2, '10', 45]]},
			{name: 'B', exercises: [['Split squat', 3, '8-12', 60], ['Band lat pulldown', 3, '12-15', 60], ['Band overhead press', 3, '12-15', 60], ['Band pull-apart', 3, '15', 45], ['Dead bug', 2, '8', 45]]},
		],
		progression: 'Step further away or double the band when fifteen repetitions are easy.',
	},
	{
		name: 'Two days with dumbbells', summary: 'The least that keeps muscle and strength: two short sessions a week.',
		goals: ['strength', 'general_fitness', 'muscle', 'fat_loss'], level: 'beginner', days_per_week: 2, weeks: 12, session_minutes: 40, impact: 'low', source: 'who',
		days: [
			{name: 'A', exercises: [['Goblet squat', 3, '8-12', 90], ['Dumbbell floor press', 3, '8-12', 90], ['Dumbbell row', 3, '8-12', 90], ['Dumbbell Romanian deadlift', 3, '8-12', 90], ['Plank', 2, '30s', 60]]},
			{name: 'B', exercises: [['Dumbbell lunge', 3, '8-12', 90], ['Dumbbell shoulder press', 3, '8-12', 90], ['Dumbbell row', 3, '8-12', 90], ['Dumbbell Romanian deadlift', 3, '8-12', 90], ['Farmer’s carry', 3, '30s', 60]]},
		],
		progression: 'Add the next weight when all sets reach twelve.',
	},
	{
		name: 'Dumbbell full body', summary: 'Three sessions that alternate, for muscle with a pair of dumbbells and a bench.',
		goals: ['muscle', 'strength', 'general_fitness'], level: 'beginner', days_per_week: 3, weeks: 10, session_minutes: 50, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'A', exercises: [['Goblet squat', 3, '8-12', 90], ['Dumbbell bench press', 3, '8-12', 90], ['Chest-supported row', 3, '8-12', 90], ['Dumbbell lateral raise', 2, '12-15', 60], ['Dumbbell curl', 2, '10-12', 60]]},
			{name: 'B', exercises: [['Dumbbell Romanian deadlift', 3, '8-12', 90], ['Incline dumbbell press', 3, '8-12', 90], ['Dumbbell row', 3, '8-12', 90], ['Reverse fly', 2, '12-15', 60], ['Overhead triceps extension', 2, '10-12', 60]]},
		],
		progression: 'Stop each set two repetitions before you must; add weight when all sets reach twelve.',
	},
	{
		name: 'First barbell', summary: 'Five lifts in turn, a little more on the bar each time.',
		goals: ['strength', 'muscle'], level: 'beginner', days_per_week: 3, weeks: 12, session_minutes: 60, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'A', exercises: [['Barbell back squat', 3, '5', 180], ['Barbell bench press', 3, '5', 180], ['Barbell row', 3, '8', 120]]},
			{name: 'B', exercises: [['Barbell back squat', 3, '5', 180], ['Overhead press', 3, '5', 180], ['Barbell deadlift', 1, '5', 180]]},
		],
		progression: 'Add the smallest plates after each session in which all repetitions were done; after two failures take a tenth off.',
	},
	{
		name: 'Machines, full body', summary: 'Guided movements for somebody new to the gym.',
		goals: ['muscle', 'general_fitness', 'strength', 'fat_loss'], level: 'beginner', days_per_week: 2, weeks: 10, session_minutes: 45, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'A', exercises: [['Leg press', 3, '10-12', 90], ['Machine chest press', 3, '10-12', 90], ['Machine row', 3, '10-12', 90], ['Lying leg curl', 2, '12', 60], ['Back extension', 2, '12', 60]]},
			{name: 'B', exercises: [['Leg press', 3, '10-12', 90], ['Machine shoulder press', 3, '10-12', 90], ['Machine row', 3, '10-12', 90], ['Leg extension', 2, '12', 60], ['Plank', 2, '30s', 60]]},
		],
		progression: 'One pin more when all sets reach twelve.',
	},
	{
		name: 'Upper and lower', summary: 'Four days, each half of the body twice a week.',
		goals: ['muscle', 'strength'], level: 'intermediate', days_per_week: 4, weeks: 8, session_minutes: 65, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'Upper, heavy', exercises: [['Barbell bench press', 4, '4-6', 180], ['Barbell row', 4, '5-8', 150], ['Overhead press', 3, '6-8', 120], ['Lat pulldown', 3, '8-10', 90]]},
			{name: 'Lower, heavy', exercises: [['Barbell back squat', 4, '4-6', 180], ['Romanian deadlift', 3, '6-8', 150], ['Leg press', 3, '8-10', 120], ['Machine calf raise', 3, '10-12', 60]]},
			{name: 'Upper, more', exercises: [['Incline dumbbell press', 3, '8-12', 90], ['Seated cable row', 3, '8-12', 90], ['Dumbbell lateral raise', 3, '12-15', 60], ['Cable triceps pushdown', 3, '10-12', 60], ['Dumbbell curl', 3, '10-12', 60]]},
			{name: 'Lower, more', exercises: [['Barbell deadlift', 3, '5', 180], ['Bulgarian split squat', 3, '8-10', 90], ['Lying leg curl', 3, '10-12', 60], ['Hanging knee raise', 3, '10-12', 60]]},
		],
		progression: 'Add weight at the upper number; every fifth week do half of the sets.',
	},
	{
		name: 'Push, pull, legs', summary: 'Six days with much for each muscle, for people who sleep and eat enough.',
		goals: ['muscle'], level: 'advanced', days_per_week: 6, weeks: 8, session_minutes: 70, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'Push', exercises: [['Barbell bench press', 4, '6-8', 150], ['Overhead press', 3, '6-8', 120], ['Incline dumbbell press', 3, '8-12', 90], ['Dumbbell lateral raise', 4, '12-15', 60], ['Cable triceps pushdown', 3, '10-12', 60]]},
			{name: 'Pull', exercises: [['Weighted pull-up', 4, '5-8', 150], ['Barbell row', 4, '6-10', 120], ['Face pull', 3, '12-15', 60], ['Barbell curl', 3, '8-12', 60], ['Hammer curl', 3, '10-12', 60]]},
			{name: 'Legs', exercises: [['Barbell back squat', 4, '6-8', 180], ['Romanian deadlift', 4, '6-8', 150], ['Leg press', 3, '10-12', 90], ['Lying leg curl', 3, '10-12', 60], ['Machine calf raise', 4, '10-15', 60]]},
		],
		progression: 'Add repetitions, then weight; every fifth week do half of the sets.',
	},
	{
		name: 'Heavy four', summary: 'Few repetitions of the great lifts with long rests.',
		goals: ['strength'], level: 'advanced', days_per_week: 4, weeks: 9, session_minutes: 80, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'Squat', exercises: [['Barbell back squat', 5, '3-5', 240], ['Barbell front squat', 3, '5', 180], ['Back extension', 3, '10', 90]]},
			{name: 'Bench', exercises: [['Barbell bench press', 5, '3-5', 240], ['Close-grip bench press', 3, '6', 150], ['Barbell row', 4, '6', 120]]},
			{name: 'Deadlift', exercises: [['Barbell deadlift', 5, '2-4', 240], ['Romanian deadlift', 3, '6', 150], ['Pull-up', 4, '5-8', 120]]},
			{name: 'Press', exercises: [['Overhead press', 5, '3-5', 180], ['Incline barbell bench press', 3, '6', 150], ['Pull-up', 4, '5-8', 120]]},
		],
		progression: 'Three weeks up, one week light; test the lifts in the ninth.',
	},
	{
		name: 'Body weight, hard', summary: 'Pull-ups, dips and single legs for people who are past push-ups.',
		goals: ['strength', 'muscle'], level: 'intermediate', days_per_week: 3, weeks: 8, session_minutes: 50, impact: 'low', source: 'acsm_strength',
		days: [
			{name: 'A', exercises: [['Pull-up', 4, '4-8', 150], ['Dip', 4, '5-10', 150], ['Split squat', 3, '12-15', 90], ['Hollow hold', 3, '30s', 60]]},
			{name: 'B', exercises: [['Chin-up', 4, '4-8', 150], ['Pike push-up', 4, '6-10', 120], ['Single-leg glute bridge', 3, '12-15', 60], ['Hanging knee raise', 3, '8-12', 60]]},
		],
		progression: 'One repetition more in one set each session; then a harder form.',
	},
	{
		name: 'One kettlebell', summary: 'Swings, squats and presses that also make you breathe.',
		goals: ['fat_loss', 'general_fitness', 'strength'], level: 'intermediate', days_per_week: 3, weeks: 8, session_minutes: 35, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'A', exercises: [['Kettlebell swing', 8, '15', 45], ['Kettlebell goblet squat', 4, '8-10', 60], ['Kettlebell press', 4, '5-8', 60], ['Suitcase carry', 3, '30s', 45]]},
			{name: 'B', exercises: [['Kettlebell deadlift', 4, '10', 60], ['Kettlebell clean and press', 5, '5', 60], ['Reverse lunge', 3, '8', 60], ['Side plank', 2, '30s', 45]]},
		],
		progression: 'Shorten the rests before you take a heavier bell.',
	},
	{
		name: 'Short hard circuits', summary: 'Half-minute bouts with as much rest: little time, much effort.',
		goals: ['fat_loss', 'endurance', 'general_fitness'], level: 'intermediate', days_per_week: 3, weeks: 6, session_minutes: 25, impact: 'high', source: 'acsm_fitness',
		days: [
			{name: 'A', exercises: [['Jump squat', 4, '30s', 30], ['Mountain climber', 4, '30s', 30], ['Burpee', 4, '30s', 30], ['High knees', 4, '30s', 30]]},
			{name: 'B', exercises: [['Jumping jack', 4, '30s', 30], ['Walking lunge', 4, '30s', 30], ['Bear crawl', 4, '30s', 30], ['Bicycle crunch', 4, '30s', 30]]},
		],
		progression: 'One round more every two weeks; never on two days in a row.',
	},
	{
		name: 'Walking', summary: 'From a short walk to the 150 minutes a week that do most for health.',
		goals: ['general_fitness', 'fat_loss', 'endurance'], level: 'beginner', days_per_week: 5, weeks: 8, session_minutes: 35, impact: 'low', source: 'who',
		days: [{name: 'Walk', exercises: [['Easy walk', 1, '5min', 0], ['Brisk walk', 1, '25min', 0], ['Calf stretch', 2, '30s', 0]]}],
		progression: 'Begin with ten brisk minutes and add three each week.',
	},
	{
		name: 'Walking and strength', summary: 'Two sessions for the muscles and two brisk walks, as health authorities advise.',
		goals: ['general_fitness', 'fat_loss'], level: 'beginner', days_per_week: 4, weeks: 10, session_minutes: 40, impact: 'low', source: 'who',
		days: [
			{name: 'Strength', exercises: [['Chair squat', 3, '10-12', 60], ['Incline push-up', 3, '8-12', 60], ['Glute bridge', 3, '12', 60], ['Bird dog', 2, '8', 45], ['Single-leg stand', 2, '30s', 30]]},
			{name: 'Walk', exercises: [['Easy walk', 1, '5min', 0], ['Brisk walk', 1, '30min', 0]]},
		],
		progression: 'Longer walks first, then hills; lower supports for the hands.',
	},
	{
		name: 'Running from zero', summary: 'Minutes of jogging between minutes of walking, until half an hour is run through.',
		goals: ['endurance', 'fat_loss', 'general_fitness'], level: 'beginner', days_per_week: 3, weeks: 9, session_minutes: 35, impact: 'high', source: 'acsm_fitness',
		days: [{name: 'Run and walk', exercises: [['Brisk walk', 1, '5min', 0], ['Walk and jog', 1, '25min', 0], ['Calf stretch', 2, '30s', 0]]}],
		progression: 'Jog one minute in three at first; each week take half a minute from the walking.',
	},
	{
		name: 'Ten kilometres', summary: 'Four runs a week: two easy, one steady, one with intervals.',
		goals: ['endurance'], level: 'intermediate', days_per_week: 4, weeks: 10, session_minutes: 60, impact: 'high', source: 'acsm_fitness',
		days: [
			{name: 'Easy', exercises: [['Easy run', 1, '40min', 0]]},
			{name: 'Intervals', exercises: [['Easy run', 1, '15min', 0], ['Running intervals', 6, '2min', 120], ['Easy run', 1, '10min', 0]]},
			{name: 'Easy', exercises: [['Easy run', 1, '30min', 0], ['Single-leg glute bridge', 2, '12', 45], ['Standing calf raise', 3, '15', 45]]},
			{name: 'Steady', exercises: [['Easy run', 1, '15min', 0], ['Steady run', 1, '35min', 0]]},
		],
		progression: 'A tenth more each week at most; every fourth week less.',
	},
	{
		name: 'Riding', summary: 'Three rides a week on the road or, in the rain, on a rest day later.',
		goals: ['endurance', 'fat_loss', 'general_fitness'], level: 'beginner', days_per_week: 3, weeks: 10, session_minutes: 60, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'Easy', exercises: [['Easy ride', 1, '45min', 0]]},
			{name: 'Steady', exercises: [['Easy ride', 1, '15min', 0], ['Ride', 1, '35min', 0]]},
		],
		progression: 'Ten minutes more on one of the rides each week.',
	},
	{
		name: 'Indoor endurance', summary: 'Bike, rowing machine and elliptical in turn, gentle to the joints.',
		goals: ['endurance', 'fat_loss', 'general_fitness'], level: 'beginner', days_per_week: 3, weeks: 8, session_minutes: 40, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'Bike', exercises: [['Exercise bike', 1, '35min', 0]]},
			{name: 'Row', exercises: [['Rowing machine', 4, '6min', 90]]},
			{name: 'Elliptical', exercises: [['Elliptical trainer', 1, '35min', 0]]},
		],
		progression: 'Five minutes more every second week, then more resistance.',
	},
	{
		name: 'Swimming', summary: 'Lengths in sets, three times a week.',
		goals: ['endurance', 'general_fitness', 'fat_loss'], level: 'intermediate', days_per_week: 3, weeks: 8, session_minutes: 45, impact: 'low', source: 'acsm_fitness',
		days: [
			{name: 'Technique', exercises: [['Breaststroke', 4, '3min', 45], ['Front crawl', 8, '2min', 45], ['Backstroke', 2, '3min', 30]]},
			{name: 'Endurance', exercises: [['Front crawl', 4, '6min', 60], ['Breaststroke', 2, '5min', 30]]},
		],
		progression: 'Shorter rests, then longer pieces.',
	},
	{
		name: 'Ten minutes of mobility', summary: 'A daily round for hips, back and shoulders.',
		goals: ['mobility', 'general_fitness'], level: 'beginner', days_per_week: 5, weeks: 6, session_minutes: 12, impact: 'low', source: 'acsm_fitness',
		days: [{name: 'Round', exercises: [['Cat–cow', 1, '10', 0], ['World’s greatest stretch', 2, '5', 0], ['Hip flexor stretch', 2, '40s', 0], ['Thoracic rotation', 1, '8', 0], ['Deep squat hold', 2, '30s', 0], ['Doorway chest stretch', 2, '30s', 0]]}],
		progression: 'Longer holds up to a minute; never into pain.',
	},
	{
		name: 'Yoga and balance', summary: 'Poses, slow forms and standing on one leg, also for later years.',
		goals: ['mobility', 'general_fitness'], level: 'beginner', days_per_week: 3, weeks: 8, session_minutes: 30, impact: 'low', source: 'who',
		days: [
			{name: 'Yoga', exercises: [['Sun salutation', 4, '1', 20], ['Yoga', 1, '20min', 0]]},
			{name: 'Balance', exercises: [['Tai chi', 1, '15min', 0], ['Single-leg stand', 3, '30s', 20], ['Heel-to-toe walk', 3, '30s', 20], ['Chair squat', 2, '10', 45]]},
		],
		progression: 'Less support for the hands, then closed eyes near a wall.',
	},
];
