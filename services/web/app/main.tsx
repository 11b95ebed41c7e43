import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import {theme} from './design/theme.ts';
import {App} from './shell/app.tsx';

theme.apply();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
	<StrictMode>
		<App />
	</StrictMode>,
);
