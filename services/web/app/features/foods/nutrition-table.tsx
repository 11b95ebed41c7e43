import type {Food} from '../../api/types.ts';
import {Soft} from '../../design/layout.tsx';
import {messages} from '../../messages.ts';
import {formatNumber} from '../../numbers.ts';
import {isPart, knownIn, nutrientName, unitOf} from '../../nutrients.ts';
import styles from './food-page.module.css';

const m = messages.foods;

/** As it is printed on a pack: one column on the label's own basis. What is not known has no row. */
export function NutritionTable({
	food: {nutrients, basis, servings},
}: {
	food: Pick<Food, 'nutrients' | 'basis' | 'servings'>;
}) {
	const known = knownIn(nutrients);
	if (known.length === 0) return <Soft>{m.noValues}</Soft>;
	const [serving] = servings;
	const per =
		basis === 'serving' && serving?.unit
			? messages.labels.perServing(formatNumber(serving.amount), serving.unit)
			: m.per[basis];
	return (
		<table className={styles.table}>
			<thead>
				<tr>
					<th scope="col">{messages.queue.nutrient}</th>
					<th scope="col">{per}</th>
				</tr>
			</thead>
			<tbody>
				{known.map(nutrient => (
					<tr key={nutrient} data-part={isPart(nutrient) || undefined}>
						<th scope="row">{nutrientName(nutrient)}</th>
						<td>
							{formatNumber(nutrients[nutrient] ?? 0)} {unitOf(nutrient)}
						</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
