import {type Store, under, type Writing} from '../store.js';

/** What every store keeps; each throws where it does not. Runs in Node and, bundled, in a browser. */
export const promises: Record<string, (open: () => Promise<Store>) => Promise<void>> = {
	async 'what was written is there after the store is opened again'(open) {
		const store = await open();
		await store.write(async tx => {
			tx.put('a/1', {nested: [1, 'two', null]});
			tx.put('a/2', 'text');
		});
		await store.write(async tx => tx.delete('a/2'));
		await store.close();
		const again = await open();
		same(await again.read(tx => tx.get('a/1')), {nested: [1, 'two', null]});
		same(await again.read(tx => tx.get('a/2')), undefined);
		await again.close();
	},

	async 'a transaction that fails leaves nothing behind, and the next one works'(open) {
		const store = await open();
		await store.write(async tx => tx.put('kept', 1));
		let thrown: unknown;
		try {
			await store.write(async tx => {
				tx.put('kept', 2);
				tx.put('new', 1);
				await tx.get('kept');
				throw new Error('in the middle');
			});
		} catch (error) {
			thrown = error;
		}
		same(String(thrown), 'Error: in the middle');
		same(await store.read(tx => tx.get('kept')), 1);
		same(await store.read(tx => tx.get('new')), undefined);
		await store.write(async tx => tx.put('kept', 3));
		same(await store.read(tx => tx.get('kept')), 3);
		await store.close();
	},

	async 'a transaction reads what it has written and deleted itself, by key and by range'(open) {
		const store = await open();
		await store.write(async tx => {
			for (const key of ['r/a', 'r/b', 'r/c']) tx.put(key, 'old');
		});
		await store.write(async tx => {
			tx.put('r/b', 'new');
			tx.delete('r/a');
			tx.put('r/d', 'new');
			same(await tx.get('r/a'), undefined);
			same(await tx.get('r/b'), 'new');
			same(await tx.scan(under('r/')), [
				['r/b', 'new'],
				['r/c', 'old'],
				['r/d', 'new'],
			]);
			same(await tx.scan({...under('r/'), limit: 2}), [
				['r/b', 'new'],
				['r/c', 'old'],
			]);
		});
		await store.close();
	},

	async 'a range holds whatever begins with its prefix, and nothing else'(open) {
		const store = await open();
		const inside = ['p/', 'p/a/b', 'p/ü', 'p/中', 'p/😀', 'p/\uffee'];
		await store.write(async tx => {
			for (const key of [...inside, 'p', 'o/x', 'p0', 'q/x']) tx.put(key, 1);
		});
		const found = (await store.read(tx => tx.scan(under('p/')))).map(([key]) => key);
		same([...found].sort(), [...inside].sort());
		const pages: string[] = [];
		for (let from = 'p/'; ; ) {
			const page = await store.read(tx => tx.scan({...under('p/'), from, limit: 2}));
			pages.push(...page.map(([key]) => key));
			const last = page.at(-1);
			if (last === undefined) break;
			from = `${last[0]}\0`;
		}
		same(pages, found);
		await store.close();
	},

	async 'of many writers at once none overwrites what another has just written'(open) {
		const store = await open();
		const addOne = async (tx: Writing) => tx.put('count', ((await tx.get<number>('count')) ?? 0) + 1);
		await Promise.all(Array.from({length: 50}, () => store.write(addOne)));
		same(await store.read(tx => tx.get('count')), 50);
		await store.close();
	},

	async 'what was read is a copy'(open) {
		const store = await open();
		const value = {list: [1]};
		await store.write(async tx => tx.put('value', value));
		value.list.push(2);
		const read = await store.read(tx => tx.get<{list: number[]}>('value'));
		read?.list.push(3);
		same(await store.read(tx => tx.get('value')), {list: [1]});
		await store.close();
	},
};

function same(got: unknown, expected: unknown): void {
	const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
	if (a !== b) throw new Error(`expected ${b}, got ${a}`);
}
