import type {FoodEdits, Food as FoodShape, NewFood, NutrientEdits, Serving} from '@hearth/food/contract.js';
import type {Basis, NutrientValues, ReadingBasis} from '@hearth/nutrition/nutrients.js';
import type {Box} from '@hearth/nutrition/words.js';
import type {Reading} from '@hearth/vision/contract.js';

// What the server answers. Where a plugin's contract has the shape, it is the contract's; the rest is written here after API.md,
// with what the app does not look at left out.

/** A shape as it comes out of JSON: a time is text. */
type Wire<Shape> = Shape extends Date
	? string
	: Shape extends object
		? {[Key in keyof Shape]: Wire<Shape[Key]>}
		: Shape;

export type {Basis, FoodEdits, NutrientEdits, Reading, ReadingBasis, Serving};
export type Food = Wire<FoodShape>;
export type Flag = Food['flags'][number];
/** What `POST /foods` takes; a field left out has its default. */
export type NewFoodInput = Pick<NewFood, 'name' | 'basis'> & Partial<NewFood>;

export type Role = 'admin' | 'moderator' | 'member';

export interface User {
	id: string;
	email: string;
	name: string;
	email_verified: boolean;
	role: Role;
	household_id: string;
	household_role: 'owner' | 'member';
	time_zone: string;
	created_at: string;
}

/** What the sign-up page needs to know before anybody types. */
export interface Registration {
	mode: 'invite' | 'open' | 'closed';
	/** True until the admin's account is made. */
	first_account: boolean;
	needs_setup_code: boolean;
}

export interface SignedIn {
	user: User;
	access_token: string;
	/** Seconds. */
	expires_in: number;
	device: {id: string; name: string};
}

export interface Device {
	id: string;
	name: string;
	last_seen_at: string;
	last_sync_at: string | null;
	/** Whether it can still come in without the password. */
	signed_in: boolean;
	/** Whether it is this one. */
	current: boolean;
}

export interface Member {
	id: string;
	name: string;
	email: string;
	role: Role;
	household_role: 'owner' | 'member';
	joined_at: string;
}

export interface Household {
	id: string;
	members: Member[];
}

export interface Invite {
	code: string;
	url: string;
	expires_at: string;
}

export type {Box};
export type Values = NutrientValues;
export type Boxes = Partial<Record<string, Box>>;

export interface ImageStatus {
	id: string;
	status: 'queued' | 'processing' | 'done' | 'failed';
	/** 0–1. */
	progress: number;
	error?: string | {message: string} | null;
}

export interface QueueItem {
	food: Food;
	kind: 'new' | 'edit';
	/** Of an edit: what approve and reject take as their id. */
	proposal_id: string | null;
	/** Of an edit: what would be said of the food if it were approved now. */
	proposed?: FoodEdits;
	submitted_by: {id: string; name: string | null} | null;
	submitted_at: string;
	image: {id: string; url: string; boxes: Boxes | null} | null;
	extracted: Values | null;
	corrections: NutrientEdits | null;
	flags: Flag[];
	duplicates: {food: Food; score: number; why: string}[];
}

export interface Page<Item> {
	items: Item[];
	next_cursor: string | null;
}
