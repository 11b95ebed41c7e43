import {kept} from '../kept.ts';
import {store} from '../store.ts';
import type {SignedIn, User} from './types.ts';

// Who is signed in, in this tab. The access token lives in memory only; the refresh token is an httpOnly cookie that no script
// sees. That somebody was signed in is remembered without a secret, so that a first visit does not ask in vain.

export interface SessionState {
	status: 'starting' | 'signed_out' | 'signed_in';
	user: User | null;
	/** True when it ended by itself rather than by signing out. */
	expired: boolean;
}

const state = store<SessionState>({status: 'starting', user: null, expired: false});
let token: {value: string; ends_at: number} | null = null;

export const session = {
	use: state.use,
	get: state.get,
	subscribe: state.subscribe,
	/** The access token, or null when there is none or it ends within 10 s. */
	token: () => (token !== null && Date.now() < token.ends_at - 10_000 ? token.value : null),
	/** By registering, signing in or renewing. */
	started({user, access_token, expires_in}: SignedIn) {
		token = {value: access_token, ends_at: Date.now() + expires_in * 1000};
		kept.write('signed-in', true);
		state.set({status: 'signed_in', user, expired: false});
	},
	userChanged: (user: User) => state.set({...state.get(), user}),
	/** The server no longer knows this session. */
	ended() {
		token = null;
		kept.write('signed-in', null);
		state.set({status: 'signed_out', user: null, expired: state.get().status === 'signed_in'});
	},
	signedOut() {
		token = null;
		kept.write('signed-in', null);
		state.set({status: 'signed_out', user: null, expired: false});
	},
	wasSignedIn: () => kept.read<boolean>('signed-in') === true,
};
