/** What can be waited for, and may be shut again. */
export interface Gate {
	readonly isOpen: boolean;
	/** Resolves when it is open, at once where it is. */
	readonly passed: Promise<void>;
	open(): void;
	shut(): void;
}

/** A gate that is shut. */
export function aGate(): Gate {
	let pass = () => {};
	const anew = () =>
		new Promise<void>(resolve => {
			pass = resolve;
		});
	let passed = anew();
	let isOpen = false;
	return {
		get isOpen() {
			return isOpen;
		},
		get passed() {
			return passed;
		},
		open() {
			isOpen = true;
			pass();
		},
		shut() {
			if (isOpen) passed = anew();
			isOpen = false;
		},
	};
}
