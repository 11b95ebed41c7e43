import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

/** Files of a certificate for this machine that signs itself, as a household makes one; null where there is no openssl. */
export function aCertificate(t: ExecutionContext): {cert: string; key: string} | null {
	const folder = mkdtempSync(join(tmpdir(), 'hearth-tls-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
	const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
	try {
		execFileSync(
			'openssl',
			['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...names].concat(
				['-keyout', key, '-out', cert],
			),
			{stdio: 'pipe'},
		);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT' && process.env.HEARTH_REQUIRE_REAL !== '1') {
			t.log('left out: there is no openssl to make a certificate with');
			return null;
		}
		throw error;
	}
	return {cert, key};
}
