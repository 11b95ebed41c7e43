import test from 'ava';
import fc from 'fast-check';
import {
	ancestryOf,
	leavesOf,
	MAX_GENERATIONS,
	stemmed,
	storedTree,
	type Tree,
	treeOf,
	winnerOf,
	withPath,
} from '../revision-tree.js';

const none: Tree = new Map();
const path = (...revs: string[]) => revs;

test('of several leaves the one that is not deleted wins, then the longest, then the one with the greatest hash', t => {
	const forked = withPath(withPath(none, path('2-a', '1-x'), false), path('2-b', '1-x'), false);
	t.is(winnerOf(forked)?.rev, '2-b');
	const longer = withPath(forked, path('3-a', '2-a', '1-x'), false);
	t.is(winnerOf(longer)?.rev, '3-a');
	const deleted = withPath(longer, path('4-a', '3-a'), true);
	t.is(winnerOf(deleted)?.rev, '2-b');
	t.is(winnerOf(withPath(deleted, path('10-c'), true))?.rev, '2-b');
});

test('a revision that is known changes nothing, as a leaf, as an ancestor, or as one that was only told of', t => {
	const tree = withPath(none, path('3-c', '2-b', '1-a'), false);
	for (const known of ['3-c', '2-b', '1-a']) t.is(withPath(tree, path(known), true), tree);
});

test('in whatever order the same revisions come, the leaves and the winner are the same', t => {
	const paths = [
		path('1-a'),
		path('2-b', '1-a'),
		path('2-c', '1-a'),
		path('3-d', '2-b', '1-a'),
		path('3-e', '2-c', '1-a'),
		path('4-f', '3-e', '2-c', '1-a'),
	];
	const shuffled = fc.shuffledSubarray(paths, {minLength: paths.length});
	fc.assert(
		fc.property(shuffled, order => {
			const tree = order.reduce((grown, one) => withPath(grown, one, one[0] === '3-d'), none);
			t.deepEqual(
				leavesOf(tree).map(({rev}) => rev),
				['4-f', '3-d'],
			);
		}),
	);
});

test('a tree is the same after it was stored', t => {
	const tree = withPath(withPath(none, path('2-a', '1-x'), false), path('3-b', '2-y', '1-x'), true);
	t.deepEqual([...treeOf(storedTree(tree)).values()], [...tree.values()]);
});

test('a long branch forgets its beginning and keeps its end', t => {
	const count = MAX_GENERATIONS + 50;
	let tree = none;
	for (let at = 1; at <= count; at += 1) tree = stemmed(withPath(tree, path(`${at}-x`, `${at - 1}-x`), false));
	t.is(tree.size, MAX_GENERATIONS);
	t.is(winnerOf(tree)?.rev, `${count}-x`);
	t.is(ancestryOf(tree, `${count}-x`).at(-1)?.parent, null);
});
