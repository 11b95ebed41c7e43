import {useQuery} from '@tanstack/react-query';
import {calls} from '../../api/calls.ts';
import type {Registration} from '../../api/types.ts';

/** Who may make an account here; null until the server has said so, or where it cannot: the form then says what it needs. */
export const useRegistration = (): Registration | null =>
	useQuery({queryKey: ['registration'], queryFn: ({signal}) => calls.registration(signal)}).data ?? null;
