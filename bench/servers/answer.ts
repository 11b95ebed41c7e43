import type {AddressInfo, Server} from 'node:net';

/** What every server of bench/http answers: a food, about as long as most answers are. */
export const food = {
	id: '01890a5d-ac96-774b-bcce-b302099a8057',
	name: 'Oat flakes, wholegrain',
	brand: 'Example',
	barcode: '04006381333931',
	basis: '100g',
	nutrients: {
		energy_kj: 1569,
		energy_kcal: 373,
		fat_g: 7.2,
		saturated_fat_g: 1.4,
		carbohydrate_g: 58.5,
		sugars_g: 0.9,
		protein_g: 13.6,
		salt_g: 0.03,
	},
	status: 'verified',
};

/** What a server tells the process that started it. */
export interface Listening {
	url: string;
	/** Null: it looks at none, and is sent another's, so that all requests are alike. */
	token: string | null;
}

export const tell = (listening: Listening): void => {
	process.send?.(listening);
};

export const urlOf = (server: Server, path: string): string =>
	`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
