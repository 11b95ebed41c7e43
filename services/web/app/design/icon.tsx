// Drawn on 24 × 24, stroked with the colour of the text around them. Decoration only: the words beside them say it too.
const PATHS = {
	camera:
		'M4 8.5A1.5 1.5 0 0 1 5.5 7h2.2l1.2-2h6.2l1.2 2h2.2A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z',
	picture:
		'M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4.5 17l4.5-4.5 3 3 3.5-4 4 4.5M8.7 9.8h.01',
	search: 'M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4.5 4.5',
	inbox: 'M4 13.5 6.5 6h11l2.5 7.5V18a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18zM4 13.5h4.5l1 2.5h5l1-2.5H20',
	people:
		'M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3 19c.5-3.2 2.8-5 6-5s5.5 1.8 6 5M15.5 5.4a3.1 3.1 0 0 1 0 5.8M17 14.3c2.2.6 3.6 2.3 4 4.7',
	person: 'M12 11.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4zM5 20c.6-3.7 3.3-5.8 7-5.8s6.4 2.1 7 5.8',
	check: 'm5 12.5 4.7 4.7L19.5 7',
	close: 'M6 6l12 12M18 6 6 18',
	plus: 'M12 5v14M5 12h14',
	minus: 'M5 12h14',
	back: 'M14.5 5.5 8 12l6.5 6.5',
	forward: 'M9.5 5.5 16 12l-6.5 6.5',
	warning: 'M12 4.5 21 19.5H3zM12 10v4.5M12 17h.01',
	info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5M12 8h.01',
	star: 'm12 4 2.4 5 5.6.800-4 3.9 1 5.5-5-2.7-5 2.7 1-5.5-4-3.9 5.6-.800z',
	offline:
		'M4 4l16 16M8.5 14.8a5 5 0 0 1 6.3-.500M5.5 11.5a9 9 0 0 1 3.8-2.2M12.5 8.9a9 9 0 0 1 6 2.6M3 8.3a13 13 0 0 1 3.5-2.3M10.5 5.1A13 13 0 0 1 21 8.3M12 18.5h.01',
	clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2',
	pencil: 'M5 19l.8-3.8L16 5l3 3L8.8 18.2zM14 7l3 3',
	bin: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5',
	share: 'M12 15V4M8 7.5 12 4l4 3.5M6 11.5v8h12v-8',
	copy: 'M9 9h10v10.5H9zM15 9V5H5v10.5h4',
	undo: 'M8 6 4.5 9.5 8 13M5 9.5h8.5a5 5 0 0 1 0 10H9',
	whole: 'M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15',
	phone:
		'M8 3.5h8A1.5 1.5 0 0 1 17.5 5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5zM11 17.5h2',
	leave: 'M14 4.5H6.5v15H14M10.5 12H20M17 8.5l3.5 3.5-3.5 3.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({name, size = 24, filled = false}: {name: IconName; size?: number; filled?: boolean}) {
	return (
		<svg
			width={size}
			height={size}
			viewBox="0 0 24 24"
			fill={filled ? 'currentColor' : 'none'}
			stroke="currentColor"
			strokeWidth={1.7}
			strokeLinecap="round"
			strokeLinejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			<path d={PATHS[name]} />
		</svg>
	);
}
