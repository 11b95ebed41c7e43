import {type InputHTMLAttributes, type ReactNode, useId, useState} from 'react';
import {messages} from '../messages.ts';
import styles from './field.module.css';
import {Icon} from './icon.tsx';

interface TextFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
	label: string;
	value: string;
	onChange: (value: string) => void;
	hint?: string | undefined;
	error?: string | null | undefined;
}

/** A labelled line of text; its hint and its error are read out with it. */
export function TextField({label, value, onChange, hint, error, ...rest}: TextFieldProps) {
	const own = useId();
	const id = rest.id ?? own;
	return (
		<Frame id={id} label={label} hint={hint} error={error}>
			<input
				{...rest}
				id={id}
				className={styles.input}
				value={value}
				onChange={event => onChange(event.target.value)}
				aria-invalid={error ? true : undefined}
				aria-describedby={describedBy(id, hint, error)}
			/>
		</Frame>
	);
}

export function PasswordField(props: Omit<TextFieldProps, 'type'>) {
	const {label, value, onChange, hint, error, ...rest} = props;
	const id = useId();
	const [shown, setShown] = useState(false);
	return (
		<Frame id={id} label={label} hint={hint} error={error}>
			<span className={styles.withButton}>
				<input
					{...rest}
					id={id}
					type={shown ? 'text' : 'password'}
					className={styles.input}
					value={value}
					onChange={event => onChange(event.target.value)}
					autoCapitalize="none"
					spellCheck={false}
					aria-invalid={error ? true : undefined}
					aria-describedby={describedBy(id, hint, error)}
				/>
				<button type="button" className={styles.inside} aria-pressed={shown} onClick={() => setShown(!shown)}>
					{shown ? messages.session.hidePassword : messages.session.showPassword}
				</button>
			</span>
		</Frame>
	);
}

export function TextArea({
	label,
	value,
	onChange,
	hint,
	error,
	...rest
}: {
	label: string;
	value: string;
	onChange: (value: string) => void;
	hint?: string;
	error?: string | null;
	maxLength?: number;
}) {
	const id = useId();
	return (
		<Frame id={id} label={label} hint={hint} error={error}>
			<textarea
				{...rest}
				id={id}
				className={styles.input}
				rows={3}
				value={value}
				onChange={event => onChange(event.target.value)}
				aria-invalid={error ? true : undefined}
				aria-describedby={describedBy(id, hint, error)}
			/>
		</Frame>
	);
}

export interface Choice<Value extends string> {
	value: Value;
	label: string;
}

export function Select<Value extends string>({
	label,
	value,
	choices,
	onChange,
	hint,
}: {
	label: string;
	value: Value;
	choices: readonly Choice<Value>[];
	onChange: (value: Value) => void;
	hint?: string;
}) {
	const id = useId();
	return (
		<Frame id={id} label={label} hint={hint}>
			<select
				id={id}
				className={styles.input}
				value={value}
				onChange={event => onChange(event.target.value as Value)}
				aria-describedby={describedBy(id, hint, null)}
			>
				{choices.map(choice => (
					<option key={choice.value} value={choice.value}>
						{choice.label}
					</option>
				))}
			</select>
		</Frame>
	);
}

/** One of a few, all in sight: radio buttons that look like a switch. */
export function Segmented<Value extends string>({
	label,
	value,
	choices,
	onChange,
}: {
	label: string;
	value: Value;
	choices: readonly Choice<Value>[];
	onChange: (value: Value) => void;
}) {
	const name = useId();
	return (
		<fieldset className={styles.segmented}>
			<legend className={styles.label}>{label}</legend>
			<div className={styles.segments}>
				{choices.map(choice => (
					<label key={choice.value} className={styles.segment}>
						<input
							type="radio"
							name={name}
							value={choice.value}
							checked={choice.value === value}
							onChange={() => onChange(choice.value)}
						/>
						<span>{choice.label}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}

function Frame({
	id,
	label,
	hint,
	error,
	children,
}: {
	id: string;
	label: string;
	hint?: string | undefined;
	error?: string | null | undefined;
	children: ReactNode;
}) {
	return (
		<div className={styles.field}>
			<label className={styles.label} htmlFor={id}>
				{label}
			</label>
			{children}
			{error ? (
				<p className={styles.error} id={`${id}-error`}>
					<Icon name="warning" size={16} /> {error}
				</p>
			) : (
				hint && (
					<p className={styles.hint} id={`${id}-hint`}>
						{hint}
					</p>
				)
			)}
		</div>
	);
}

const describedBy = (id: string, hint: string | undefined, error: string | null | undefined) =>
	error ? `${id}-error` : hint ? `${id}-hint` : undefined;
