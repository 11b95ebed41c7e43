import type {ButtonHTMLAttributes, ReactNode} from 'react';
import {Link} from 'wouter';
import styles from './button.module.css';
import {Icon, type IconName} from './icon.tsx';

type Look = 'primary' | 'secondary' | 'plain' | 'danger';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
	look?: Look;
	icon?: IconName;
	/** Says what is going on in place of the children; the button stays focusable and does nothing meanwhile. */
	busy?: string | false;
	wide?: boolean;
}

export function Button({
	look = 'secondary',
	icon,
	busy = false,
	wide = false,
	children,
	onClick,
	...rest
}: ButtonProps) {
	return (
		<button
			type="button"
			{...rest}
			className={classOf(look, wide)}
			aria-disabled={busy !== false || undefined}
			onClick={event => {
				if (busy === false) onClick?.(event);
				else event.preventDefault();
			}}
		>
			{busy === false ? icon && <Icon name={icon} size={20} /> : <span className={styles.spinner} />}
			<span>{busy === false ? children : busy}</span>
		</button>
	);
}

export function LinkButton({
	href,
	look = 'secondary',
	icon,
	wide = false,
	children,
}: {
	href: string;
	look?: Look;
	icon?: IconName;
	wide?: boolean;
	children: ReactNode;
}) {
	return (
		<Link href={href} className={classOf(look, wide)}>
			{icon && <Icon name={icon} size={20} />}
			<span>{children}</span>
		</Link>
	);
}

/** A square button with an icon; `label` is what it is called. */
export function IconButton({
	icon,
	label,
	filled = false,
	...rest
}: {icon: IconName; label: string; filled?: boolean} & Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'>) {
	return (
		<button type="button" {...rest} className={styles.icon} aria-label={label} title={label}>
			<Icon name={icon} filled={filled} />
		</button>
	);
}

const classOf = (look: Look, wide: boolean) =>
	[styles.button, styles[look], wide && styles.wide].filter(Boolean).join(' ');
