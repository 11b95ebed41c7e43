import {Link} from 'wouter';
import type {Food} from '../../api/types.ts';
import {Badge} from '../../design/layout.tsx';
import {messages} from '../../messages.ts';
import {formatNumber} from '../../numbers.ts';
import styles from './food-list.module.css';

const m = messages.foods;

/** A verified food is the rule and says nothing of it, unless `everyStatus` asks. */
export function FoodList({foods, everyStatus = false}: {foods: readonly Food[]; everyStatus?: boolean}) {
	return (
		<ul className={styles.list}>
			{foods.map(food => (
				<li key={food.id}>
					<Link href={`/foods/${food.id}`} className={styles.food}>
						<span className={styles.words}>
							<span className={styles.name}>{food.name}</span>
							<span className={styles.line}>
								{food.brand && <span className={styles.brand}>{food.brand}</span>}
								{(everyStatus || food.status !== 'verified') && <StatusBadge status={food.status} />}
							</span>
						</span>
						<Energy food={food} />
					</Link>
				</li>
			))}
		</ul>
	);
}

export function StatusBadge({status}: {status: Food['status']}) {
	const tone = status === 'verified' ? 'good' : status === 'pending' ? 'warn' : 'bad';
	return <Badge tone={tone}>{m.status[status]}</Badge>;
}

function Energy({food: {nutrients, basis}}: {food: Food}) {
	const {energy_kcal: kcal} = nutrients;
	if (kcal === undefined) return null;
	return (
		<span className={styles.energy}>
			<strong>
				{formatNumber(Math.round(kcal))} {messages.units.kcal}
			</strong>
			<small>{m.per[basis]}</small>
		</span>
	);
}
