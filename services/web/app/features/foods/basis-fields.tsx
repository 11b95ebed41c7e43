import type {Basis} from '../../api/types.ts';
import {Segmented, Select, TextField} from '../../design/field.tsx';
import {messages} from '../../messages.ts';
import styles from './food-form.module.css';
import type {FoodText, Problems} from './food-text.ts';
import type {ServingText} from './serving-text.ts';

const m = messages.foods;
const BASES = (['100g', '100ml', 'serving'] as const).map(value => ({value, label: m.bases[value]}));
const UNITS = [
	{value: 'g', label: 'g'},
	{value: 'ml', label: 'ml'},
] as const;

/** What the values are for. As on the label: nothing is converted here. */
export function BasisFields({
	basis,
	serving,
	onChange,
	problems,
}: {
	basis: Basis;
	serving: ServingText;
	onChange: (edit: (before: FoodText) => FoodText) => void;
	problems: Problems;
}) {
	const change = (part: Partial<ServingText>) => onChange(before => ({...before, serving: {...serving, ...part}}));
	return (
		<>
			<Segmented
				label={m.basis}
				value={basis}
				choices={BASES}
				onChange={basis => onChange(before => ({...before, basis}))}
			/>
			{basis === 'serving' && (
				<div className={styles.serving}>
					<TextField
						id="food-serving"
						label={m.servingAmount}
						inputMode="decimal"
						autoComplete="off"
						maxLength={24}
						value={serving.amount}
						onChange={amount => change({amount})}
						error={problems.serving}
					/>
					<Select label={m.servingUnit} value={serving.unit} choices={UNITS} onChange={unit => change({unit})} />
				</div>
			)}
		</>
	);
}
