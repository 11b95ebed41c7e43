import {useInfiniteQuery} from '@tanstack/react-query';
import {calls} from '../../api/calls.ts';
import type {QueueItem} from '../../api/types.ts';

/**
 * What waits for a moderator, the oldest first. Asked again whenever a page of it opens or the window comes
 * back, and every minute while the app is in sight.
 */
export function useQueue(enabled = true) {
	const queue = useInfiniteQuery({
		queryKey: ['queue'],
		queryFn: ({pageParam, signal}) => calls.queue(pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: page => page.next_cursor,
		refetchInterval: 60_000,
		enabled,
	});
	return {...queue, items: queue.data?.pages.flatMap(page => page.items) ?? []};
}

/** For the number beside the way there; 0 for whoever is no moderator. */
export const useWaiting = (moderates: boolean): number => useQueue(moderates).items.length;

/** What a decision takes as its id, and the address of the item. */
export const keyOf = ({proposal_id, food}: QueueItem): string => proposal_id ?? food.id;
