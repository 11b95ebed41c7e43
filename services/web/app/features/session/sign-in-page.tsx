import {useMutation} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {Link, Redirect} from 'wouter';
import {calls} from '../../api/calls.ts';
import {session} from '../../api/session.ts';
import {Button} from '../../design/button.tsx';
import {PasswordField, TextField} from '../../design/field.tsx';
import {Card, Page, Soft, Stack} from '../../design/layout.tsx';
import {ErrorNotice, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {thisDevice} from './this-device.ts';
import {useRegistration} from './use-registration.ts';

const m = messages.session;

export default function SignInPage() {
	const {expired} = session.use();
	const [email, setEmail] = useState('');
	const [password, setPassword] = useState('');
	const [tried, setTried] = useState(false);
	const signIn = useMutation({
		mutationFn: () => calls.signIn({email: email.trim(), password, device: thisDevice()}),
		onSuccess: session.started,
	});

	const registration = useRegistration();
	if (registration?.first_account) return <Redirect to="/register" replace />;

	const submit = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (email.trim() !== '' && password !== '' && !signIn.isPending) signIn.mutate();
	};

	return (
		<Page title={m.signInTitle}>
			{expired && <Notice tone="info">{m.ended}</Notice>}
			<Card>
				<form onSubmit={submit} noValidate>
					<Stack>
						<TextField
							label={m.email}
							type="email"
							name="email"
							autoComplete="username"
							inputMode="email"
							autoCapitalize="none"
							spellCheck={false}
							maxLength={320}
							value={email}
							onChange={setEmail}
							error={tried && email.trim() === '' ? m.required : null}
						/>
						<PasswordField
							label={m.password}
							name="password"
							autoComplete="current-password"
							maxLength={1024}
							value={password}
							onChange={setPassword}
							error={tried && password === '' ? m.required : null}
						/>
						{signIn.isError && <ErrorNotice error={signIn.error} />}
						<Button type="submit" look="primary" wide busy={signIn.isPending && m.signingIn}>
							{m.signIn}
						</Button>
					</Stack>
				</form>
			</Card>
			{registration?.mode !== 'closed' && (
				<Soft>
					{m.newHere} <Link href="/register">{m.createOne}</Link>
				</Soft>
			)}
		</Page>
	);
}
