import type {Food, Values} from '../../api/types.ts';
import {Hidden} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {formatNumber} from '../../numbers.ts';
import {isPart, knownIn, type Nutrient, nutrientName, unitOf} from '../../nutrients.ts';
import styles from './review-page.module.css';

const m = messages.queue;

/** What was read (or is now) beside what was sent; a row that differs stands out, a touch shows its place on the picture. */
export function ComparedValues({
	before,
	beforeTitle,
	food,
	was,
	active,
	onActive,
}: {
	before: Values | null;
	beforeTitle: string;
	food: Food;
	/** Of an edit the food as it is. */
	was: Food | null;
	active: string | null;
	onActive: (field: string | null) => void;
}) {
	const rows = knownIn({...before, ...food.nutrients});
	const words: [string, string | null, string | null][] = [
		[messages.labels.name, was?.name ?? null, food.name],
		[messages.labels.brand, was?.brand ?? null, food.brand],
		[messages.labels.barcode, was?.barcode ?? null, food.barcode],
		[messages.foods.basis, was ? messages.foods.bases[was.basis] : null, messages.foods.bases[food.basis]],
	];
	return (
		<table className={styles.table}>
			<thead>
				<tr>
					<th scope="col">{m.nutrient}</th>
					{before && <th scope="col">{beforeTitle}</th>}
					<th scope="col">{m.sent}</th>
				</tr>
			</thead>
			<tbody>
				{words.map(
					([name, old, now]) =>
						(old || now) && (
							<tr key={name} data-differs={(was !== null && old !== now) || undefined}>
								<th scope="row">{name}</th>
								{before && <td>{old}</td>}
								<td>{now}</td>
							</tr>
						),
				)}
				{rows.map(nutrient => {
					const differs = before !== null && before[nutrient] !== food.nutrients[nutrient];
					return (
						<tr
							key={nutrient}
							data-differs={differs || undefined}
							data-active={active === nutrient || undefined}
							data-part={isPart(nutrient) || undefined}
						>
							<th scope="row">
								<button
									type="button"
									aria-pressed={active === nutrient}
									onClick={() => onActive(active === nutrient ? null : nutrient)}
								>
									{nutrientName(nutrient)}
								</button>
							</th>
							{before && <td>{amount(before, nutrient) ?? <i>{m.notRead}</i>}</td>}
							<td>
								{amount(food.nutrients, nutrient) ?? '–'}
								{differs && <Hidden> {m.differs}</Hidden>}
							</td>
						</tr>
					);
				})}
			</tbody>
		</table>
	);
}

const amount = (values: Values, nutrient: Nutrient): string | null => {
	const value = values[nutrient];
	return value === undefined ? null : `${formatNumber(value)} ${unitOf(nutrient)}`;
};
