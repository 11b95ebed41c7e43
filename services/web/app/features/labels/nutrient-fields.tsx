import {useId, useState} from 'react';
import type {Flag, Values} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Icon} from '../../design/icon.tsx';
import {messages} from '../../messages.ts';
import {formatNumber} from '../../numbers.ts';
import {CORE, isPart, NUTRIENTS, type Nutrient, nutrientName, unitOf} from '../../nutrients.ts';
import {type FoodText, type Problems, shownValue} from '../foods/food-text.ts';
import {doubtful} from './confidence.ts';
import styles from './nutrient-fields.module.css';

const m = messages.labels;

interface Props {
	text: FoodText;
	/** What was read, or what the food has. */
	known: Values;
	onChange: (change: (before: FoodText) => FoodText) => void;
	problems: Problems;
	/** Of what was read; without it nothing is marked. */
	confidence?: Partial<Record<string, number>>;
	warnings?: readonly Flag[];
	onFocus?: (nutrient: Nutrient | null) => void;
}

/** The id of a nutrient's input, so that a box on the picture or a button can lead to it. */
export const inputId = (nutrient: string) => `value-${nutrient}`;

const checkId = (nutrient: string) => `check-${nutrient}`;

/**
 * Leads to the next value that nobody has looked at, below this one or from the top; to its button rather than its field, because
 * a keyboard over half of the phone would be in the way of looking.
 */
export function focusNextDoubt(after?: Nutrient) {
	const buttons = [...document.querySelectorAll<HTMLButtonElement>(`button[id^="${checkId('')}"]`)];
	const at = after === undefined ? -1 : buttons.findIndex(({id}) => id === checkId(after));
	const next = buttons[at + 1] ?? buttons.find(({id}) => after === undefined || id !== checkId(after));
	if (next) next.focus();
	// The last one was looked at: the picture shows itself whole again.
	else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** Fields in the order of a printed table: those of every label, those known, and those added. */
export function NutrientFields(props: Props) {
	const {text, known, onChange} = props;
	const shown = NUTRIENTS.filter(
		nutrient =>
			CORE.includes(nutrient) ||
			known[nutrient] !== undefined ||
			text.values[nutrient] !== undefined ||
			text.added.includes(nutrient),
	);
	return (
		<div className={styles.fields}>
			{shown.map(nutrient => (
				<NutrientField key={nutrient} nutrient={nutrient} {...props} />
			))}
			<AddField
				rest={NUTRIENTS.filter(nutrient => !shown.includes(nutrient))}
				onAdd={nutrient => onChange(before => ({...before, added: [...before.added, nutrient]}))}
			/>
		</div>
	);
}

function NutrientField({
	nutrient,
	text,
	known,
	onChange,
	problems,
	confidence,
	warnings = [],
	onFocus,
}: Props & {nutrient: Nutrient}) {
	const [focused, setFocused] = useState(false);
	const id = inputId(nutrient);
	const read = known[nutrient];
	const typed = text.values[nutrient];
	const changed = confidence !== undefined && typed !== undefined && read !== undefined && typed !== formatNumber(read);
	const doubt = doubtful(nutrient, text, known, confidence);
	const said = warnings.filter(({fields}) => fields.includes(nutrient));
	const problem = problems[nutrient];
	// At rest a line; what there is to say beside it comes with the focus.
	const notes = [
		changed && m.changed(formatNumber(read)),
		focused && confidence !== undefined && read === undefined && typed === undefined && m.unread,
		...(focused ? said.map(({message}) => message) : []),
	].filter((note): note is string => typeof note === 'string');

	const set = (value: string | undefined) =>
		onChange(before => {
			const {[nutrient]: _, ...others} = before.values;
			return {...before, values: value === undefined ? others : {...others, [nutrient]: value}};
		});
	const check = () => {
		onChange(before => ({...before, checked: [...before.checked, nutrient]}));
		focusNextDoubt(nutrient);
	};

	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: it only hears of the focus of the field and the buttons in it
		<div
			className={styles.field}
			data-doubt={doubt || undefined}
			data-part={isPart(nutrient) || undefined}
			onFocus={() => {
				setFocused(true);
				onFocus?.(nutrient);
			}}
			onBlur={() => {
				setFocused(false);
				onFocus?.(null);
			}}
		>
			<label htmlFor={id} className={styles.name}>
				{nutrientName(nutrient)}
				<span className={styles.unitName}> ({unitOf(nutrient)})</span>
			</label>
			<span className={styles.entry}>
				<input
					id={id}
					inputMode="decimal"
					autoComplete="off"
					enterKeyHint="next"
					maxLength={24}
					placeholder="–"
					value={shownValue(nutrient, text, known)}
					aria-invalid={problem ? true : undefined}
					aria-describedby={problem || notes.length > 0 ? `${id}-notes` : undefined}
					onChange={event => set(event.target.value)}
					onFocus={event => event.target.select()}
					onKeyDown={event => {
						if (event.key !== 'Enter') return;
						event.preventDefault();
						nextInput(event.currentTarget)?.focus();
					}}
				/>
				<span className={styles.unit} aria-hidden="true">
					{unitOf(nutrient)}
				</span>
			</span>
			{(problem || notes.length > 0) && (
				<div className={styles.notes} id={`${id}-notes`}>
					{problem && (
						<p className={styles.problem}>
							<Icon name="warning" size={16} /> {problem}
						</p>
					)}
					{notes.map(note => (
						<p key={note}>{note}</p>
					))}
				</div>
			)}
			{(doubt || changed) && (
				<div className={styles.actions}>
					{doubt && (
						<>
							<span className={styles.sure}>
								<Icon name="warning" size={16} /> {m.unsure(Math.round((confidence?.[nutrient] ?? 0) * 100))}
							</span>
							<Button id={checkId(nutrient)} icon="check" onClick={check}>
								{m.checked}
							</Button>
						</>
					)}
					{changed && (
						<Button look="plain" icon="undo" onClick={() => set(undefined)}>
							{m.takeBack(formatNumber(read))}
						</Button>
					)}
				</div>
			)}
		</div>
	);
}

function nextInput(input: HTMLInputElement): HTMLInputElement | undefined {
	const all = [...document.querySelectorAll<HTMLInputElement>(`input[id^="${inputId('')}"]`)];
	return all[all.indexOf(input) + 1];
}

function AddField({rest, onAdd}: {rest: readonly Nutrient[]; onAdd: (nutrient: Nutrient) => void}) {
	const id = useId();
	return (
		<div className={styles.add}>
			<label htmlFor={id}>{m.add}</label>
			<select
				id={id}
				value=""
				onChange={event => {
					const nutrient = event.target.value as Nutrient;
					onAdd(nutrient);
					// After React has made the field.
					requestAnimationFrame(() => document.getElementById(inputId(nutrient))?.focus());
				}}
			>
				<option value="">{m.addPick}</option>
				{rest.map(nutrient => (
					<option key={nutrient} value={nutrient}>
						{nutrientName(nutrient)} ({unitOf(nutrient)})
					</option>
				))}
			</select>
		</div>
	);
}
