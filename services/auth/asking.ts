import type {RequestInfo} from '@hearth/host/plugin.js';
import type {askingOf} from './contract.js';

/** What the accounts look at of a request: of one of their own, or of one that another plugin asks for. */
export type Asking = Pick<RequestInfo, 'id' | 'ip' | 'local' | 'headers'>;

export const fromCall = ({user_agent, ...asking}: ReturnType<typeof askingOf>): Asking => ({
	...asking,
	headers: {'user-agent': user_agent},
});
