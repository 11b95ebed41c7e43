import {useQuery} from '@tanstack/react-query';
import {calls} from '../../api/calls.ts';
import type {ImageStatus, Reading} from '../../api/types.ts';

const OFTEN_MS = 600;
const SELDOM_MS = 2000;

/**
 * How far the server is with a picture, asked until it is done: often in the first ten seconds, then seldom. A poll that found
 * nobody is no failure of the reading: it goes on asking.
 */
export function useReading(imageId: string | null): {
	status: ImageStatus | null;
	reading: Reading | null;
	error: unknown;
	retry: () => void;
} {
	const status = useQuery({
		queryKey: ['images', imageId, 'status'],
		queryFn: ({signal}) => calls.imageStatus(imageId ?? '', signal),
		enabled: imageId !== null,
		staleTime: 0,
		refetchInterval: ({state: {data, dataUpdateCount}}) =>
			data?.status === 'done' || data?.status === 'failed' ? false : dataUpdateCount < 16 ? OFTEN_MS : SELDOM_MS,
	});
	const done = status.data?.status === 'done';
	const reading = useQuery({
		queryKey: ['images', imageId, 'reading'],
		queryFn: ({signal}) => calls.reading(imageId ?? '', signal),
		enabled: imageId !== null && done,
		staleTime: Number.POSITIVE_INFINITY,
	});
	return {
		status: status.data ?? null,
		reading: reading.data ?? null,
		error: reading.error ?? (status.data === undefined ? status.error : null),
		retry: () => void (done ? reading.refetch() : status.refetch()),
	};
}
