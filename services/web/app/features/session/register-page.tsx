import {useMutation} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {Link} from 'wouter';
import {calls} from '../../api/calls.ts';
import {ApiError} from '../../api/client.ts';
import {session} from '../../api/session.ts';
import {Button} from '../../design/button.tsx';
import {PasswordField, TextField} from '../../design/field.tsx';
import {Card, Page, Soft, Stack} from '../../design/layout.tsx';
import {ErrorNotice, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {ownTimeZone} from '../account/time-zone.ts';
import {thisDevice} from './this-device.ts';
import {useRegistration} from './use-registration.ts';

const m = messages.session;
const SHORTEST_PASSWORD = 8;

/** The very first account, one by invitation (its code stands in the address), or one of a server that lets everybody in. */
export default function RegisterPage({code}: {code?: string}) {
	const registration = useRegistration();
	const [typed, setTyped] = useState({name: '', email: '', password: '', setupCode: '', invite: code ?? ''});
	const [tried, setTried] = useState(false);
	const type = (field: keyof typeof typed) => (value: string) => setTyped(before => ({...before, [field]: value}));

	const register = useMutation({
		mutationFn: () =>
			calls.register({
				email: typed.email.trim(),
				password: typed.password,
				device: thisDevice(),
				...(typed.name.trim() && {name: typed.name.trim()}),
				// A field that was never shown is empty.
				...(typed.setupCode.trim() && {setup_code: typed.setupCode.trim()}),
				...(typed.invite.trim() && {invite: typed.invite.trim()}),
			}),
		onSuccess: made => {
			session.started(made);
			// Best effort: without it days are counted in UTC until the person says otherwise on their page.
			void calls.saveMe({time_zone: ownTimeZone(), locale: navigator.language}).then(session.userChanged, () => {});
		},
	});
	const said = register.error instanceof ApiError ? register.error : null;
	// What the server answered last goes before what it said when the page opened.
	const needs =
		said?.needs ??
		(registration?.needs_setup_code ? 'setup_code' : code || registration?.mode === 'invite' ? 'invite' : 'nothing');
	const first = registration?.first_account === true;

	const problems = {
		email: /^\S+@\S+$/.test(typed.email.trim()) ? null : typed.email.trim() === '' ? m.required : m.emailWrong,
		password: [...typed.password].length >= SHORTEST_PASSWORD ? null : m.passwordShort,
		setupCode: needs === 'setup_code' && typed.setupCode.trim() === '' ? m.required : null,
		invite: needs === 'invite' && !first && typed.invite.trim() === '' ? m.required : null,
	};

	const submit = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (Object.values(problems).every(problem => problem === null) && !register.isPending) register.mutate();
	};

	const [title, text] = first
		? [m.firstTitle, m.firstText]
		: code
			? [m.inviteTitle, m.inviteText]
			: [m.registerTitle, registration?.mode === 'invite' ? m.registerInvite : m.registerText];

	return (
		<Page title={title}>
			{registration?.mode === 'closed' && !first ? <Notice tone="warn">{m.closed}</Notice> : <Soft>{text}</Soft>}
			<Card>
				<form onSubmit={submit} noValidate>
					<Stack>
						<TextField
							label={m.name}
							name="name"
							autoComplete="name"
							maxLength={100}
							hint={m.nameHint}
							value={typed.name}
							onChange={type('name')}
							error={said?.for('name')}
						/>
						<TextField
							label={m.email}
							type="email"
							name="email"
							autoComplete="username"
							inputMode="email"
							autoCapitalize="none"
							spellCheck={false}
							maxLength={320}
							value={typed.email}
							onChange={type('email')}
							error={tried ? (problems.email ?? said?.for('email')) : null}
						/>
						<PasswordField
							label={m.password}
							name="password"
							autoComplete="new-password"
							maxLength={1024}
							hint={m.passwordHint}
							value={typed.password}
							onChange={type('password')}
							error={tried ? (problems.password ?? said?.for('password')) : null}
						/>
						{needs === 'setup_code' && (
							<TextField
								label={m.setupCode}
								name="setup_code"
								autoComplete="off"
								autoCapitalize="none"
								spellCheck={false}
								maxLength={100}
								hint={m.setupCodeHint}
								value={typed.setupCode}
								onChange={type('setupCode')}
								error={tried ? problems.setupCode : null}
							/>
						)}
						{needs === 'invite' && !first && (
							<TextField
								label={m.inviteCode}
								name="invite"
								autoComplete="off"
								autoCapitalize="none"
								spellCheck={false}
								maxLength={200}
								hint={m.inviteCodeHint}
								value={typed.invite}
								onChange={type('invite')}
								error={tried ? problems.invite : null}
							/>
						)}
						{register.isError && <ErrorNotice error={register.error} />}
						<Button type="submit" look="primary" wide busy={register.isPending && m.registering}>
							{m.register}
						</Button>
					</Stack>
				</form>
			</Card>
			{!first && (
				<Soft>
					{m.haveOne} <Link href="/">{m.signIn}</Link>
				</Soft>
			)}
		</Page>
	);
}
