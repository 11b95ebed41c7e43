/** A kind of record of the health tracker's, which is a collection here. */
export interface Entity {
	/** In paths. */
	path: string;
	/** In bodies of its own routes; of the bulk it is the collection's name. */
	key: string;
	collection: string;
	/** What the app calls the collection's fields, where it calls them otherwise. */
	names: Readonly<Record<string, string>>;
	/** Of the collection: days, which the app sends as midnights. */
	days: readonly string[];
}

export const entities: readonly Entity[] = [
	{
		path: 'health-metrics',
		key: 'metrics',
		collection: 'health_metrics',
		names: {
			weight: 'weight_kg',
			sleepQuality: 'sleep_quality',
			energyLevel: 'energy_level',
			restingHeartRate: 'resting_heart_rate_bpm',
		},
		days: ['date'],
	},
	{
		path: 'medications',
		key: 'medications',
		collection: 'medications',
		names: {
			doseUnit: 'dose_unit',
			startDate: 'start_date',
			endDate: 'end_date',
			isActive: 'is_active',
			prescribedBy: 'prescribed_by',
			sideEffects: 'side_effects',
		},
		days: ['start_date', 'end_date'],
	},
	{path: 'meals', key: 'meals', collection: 'meals', names: {mealType: 'meal_type'}, days: ['date']},
	{
		path: 'exercises',
		key: 'exercises',
		collection: 'exercises',
		names: {
			startedAt: 'started_at',
			averageHeartRate: 'average_heart_rate_bpm',
			maxHeartRate: 'max_heart_rate_bpm',
			caloriesBurned: 'energy_kcal',
		},
		days: ['date'],
	},
	{
		path: 'meal-plans',
		key: 'meal_plans',
		collection: 'meal_plans',
		names: {startDate: 'start_date', endDate: 'end_date', isActive: 'is_active', templateId: 'template_id'},
		days: ['start_date', 'end_date'],
	},
];
