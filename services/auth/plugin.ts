import {revoked} from '@hearth/host/identity.js';
import {definePlugin} from '@hearth/host/plugin.js';
import {addUser, promoteUser, resetPassword} from './account-commands.js';
import {eraseAccount, exportAccount} from './account-data.js';
import {deviceRemoved, profileChanged} from './contract.js';
import {inviteMember} from './invite-member.js';
import {answerLogIn, logIn} from './log-in.js';
import {answerLogOut, logOut} from './log-out.js';
import {changeUser, listUsers} from './manage-users.js';
import {listMyDevices, removeMyDevice} from './my-devices.js';
import {answerHousehold, answerUsers, getMyHousehold} from './my-household.js';
import {answerChangeProfile, answerProfile, answerSyncState, changeMyProfile, getMyProfile} from './my-profile.js';
import {answerRefresh, refresh} from './refresh.js';
import {answerRegister, register, registrationState} from './register.js';
import {removeMember} from './remove-member.js';
import {answerRevocations, repeatRevocations} from './revocations.js';
import {authLimit, registration} from './settings.js';
import {announceSetupCode} from './setup-code.js';
import {answerVerificationKeys, checkSigningKey, jwks, renewKeys} from './signing-keys.js';
import {answerTicket, issueTicket} from './ticket.js';

export default definePlugin({
	name: 'auth',
	summary: 'Accounts, sessions and households',
	settings: [registration, authLimit],
	routes: [
		registrationState,
		register,
		logIn,
		refresh,
		logOut,
		issueTicket,
		jwks,
		getMyProfile,
		changeMyProfile,
		listMyDevices,
		removeMyDevice,
		getMyHousehold,
		inviteMember,
		removeMember,
		listUsers,
		changeUser,
	],
	calls: [
		answerVerificationKeys,
		answerRevocations,
		answerTicket,
		answerUsers,
		answerHousehold,
		answerSyncState,
		answerRegister,
		answerLogIn,
		answerRefresh,
		answerLogOut,
		answerProfile,
		answerChangeProfile,
	],
	events: [revoked, profileChanged, deviceRemoved],
	commands: [addUser, resetPassword, promoteUser, renewKeys],
	migrations: new URL('../../migrations/auth/', import.meta.url),
	start: async context => {
		await checkSigningKey(context);
		await announceSetupCode(context);
		await repeatRevocations(context);
		return undefined;
	},
	health: async ({db}) => {
		await db.one('select count(*) from auth.signing_keys where retired_at is null');
	},
	exporters: [exportAccount],
	erasers: [eraseAccount],
});
