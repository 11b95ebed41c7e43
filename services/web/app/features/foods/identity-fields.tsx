import {TextField} from '../../design/field.tsx';
import {messages} from '../../messages.ts';
import type {FoodText, Problems} from './food-text.ts';

const m = messages.labels;

/** What the food is called and by which barcode it is known. */
export function IdentityFields({
	text,
	barcode,
	onChange,
	problems,
}: {
	text: FoodText;
	/** As it was read or is known; shown until it is touched. */
	barcode: string;
	onChange: (edit: (before: FoodText) => FoodText) => void;
	problems: Problems;
}) {
	return (
		<>
			<TextField
				label={m.name}
				hint={m.nameHint}
				id="food-name"
				maxLength={200}
				autoComplete="off"
				value={text.name}
				onChange={name => onChange(before => ({...before, name}))}
				error={problems.name}
			/>
			<TextField
				label={m.brand}
				maxLength={100}
				autoComplete="off"
				value={text.brand}
				onChange={brand => onChange(before => ({...before, brand}))}
			/>
			<TextField
				label={m.barcode}
				id="food-barcode"
				hint={m.barcodeHint}
				inputMode="numeric"
				maxLength={40}
				autoComplete="off"
				value={text.barcode ?? barcode}
				onChange={barcode => onChange(before => ({...before, barcode}))}
				error={problems.barcode}
			/>
		</>
	);
}
