import {type PointerEvent, useEffect, useRef, useState} from 'react';
import type {Box, Boxes} from '../../api/types.ts';
import {IconButton} from '../../design/button.tsx';
import {messages} from '../../messages.ts';
import styles from './label-picture.module.css';
import {centred, moved, pinched, type Size, toBox, type View, WHOLE, zoomed} from './picture-view.ts';

const m = messages.labels;

interface Props {
	url: string;
	alt: string;
	boxes: Boxes;
	/** The field being looked at: its box is drawn strongly and fills the frame. */
	active: string | null;
	/** Fields that want a look. */
	marked: ReadonlySet<string>;
	onPick?: (field: string) => void;
	/** The browser cannot decode it. */
	onError?: () => void;
}

/** The photo with what was read drawn over it. Follows the field in hand; fingers pan and pinch, buttons zoom. */
export function LabelPicture({url, alt, boxes, active, marked, onPick, onError}: Props) {
	const frame = useRef<HTMLDivElement>(null);
	const [room, setRoom] = useState<Size>({width: 0, height: 0});
	const [picture, setPicture] = useState<Size | null>(null);
	const [view, setView] = useState<View>(WHOLE);
	const [held, setHeld] = useState(false);
	const fingers = useRef(new Map<number, {x: number; y: number}>());

	useEffect(() => {
		const watched = frame.current;
		if (watched === null) return;
		const observer = new ResizeObserver(() => setRoom({width: watched.clientWidth, height: watched.clientHeight}));
		observer.observe(watched);
		return () => observer.disconnect();
	}, []);

	const box = active === null ? undefined : boxes[active];
	useEffect(() => {
		if (picture === null) return;
		if (active === null) setView(WHOLE);
		// Of a field that was not found nothing can be shown; where one was looking may well be near it.
		else if (box !== undefined) setView(toBox(box, picture, room));
	}, [active, box, picture, room]);

	const place = picture === null ? null : centred(view, picture, room);

	const down = (event: PointerEvent) => {
		fingers.current.set(event.pointerId, {x: event.clientX, y: event.clientY});
	};
	const move = (event: PointerEvent) => {
		const before = fingers.current.get(event.pointerId);
		if (before === undefined || picture === null || frame.current === null) return;
		const now = {x: event.clientX, y: event.clientY};
		const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
		// A tap trembles; only what goes further is a drag, so that a tap on a box stays one.
		if (!held && Math.hypot(now.x - before.x, now.y - before.y) < 6) return;
		setHeld(true);
		frame.current.setPointerCapture(event.pointerId);
		fingers.current.set(event.pointerId, now);
		const {left, top} = frame.current.getBoundingClientRect();
		setView(view =>
			other === undefined
				? moved(view, now.x - before.x, now.y - before.y, picture, room)
				: pinched(view, {before, now, other}, {left, top}, picture, room),
		);
	};
	const up = (event: PointerEvent) => {
		fingers.current.delete(event.pointerId);
		if (fingers.current.size === 0) setHeld(false);
	};

	return (
		<div
			ref={frame}
			className={styles.frame}
			data-held={held || undefined}
			data-zoomed={view.scale > 1 || undefined}
			onPointerDown={down}
			onPointerMove={move}
			onPointerUp={up}
			onPointerCancel={up}
		>
			<img
				src={url}
				alt={alt}
				draggable={false}
				className={styles.picture}
				onLoad={({currentTarget: {naturalWidth: width, naturalHeight: height}}) => setPicture({width, height})}
				onError={onError}
				style={
					place === null
						? {visibility: 'hidden'}
						: {
								width: place.width / view.scale,
								height: place.height / view.scale,
								transform: `translate(${place.left}px, ${place.top}px) scale(${view.scale})`,
							}
				}
			/>
			{place !== null &&
				Object.entries(boxes).map(([field, box]) =>
					box === undefined ? null : (
						<button
							key={field}
							type="button"
							// The fields are the way for keyboards and screen readers; this is a short cut for fingers.
							tabIndex={-1}
							aria-hidden="true"
							className={styles.box}
							data-active={field === active || undefined}
							data-marked={marked.has(field) || undefined}
							style={boxStyle(box, place)}
							onClick={() => onPick?.(field)}
						/>
					),
				)}
			<div className={styles.controls}>
				<IconButton icon="plus" label={m.zoomIn} onClick={() => picture && setView(zoomed(view, 1.6, picture, room))} />
				{view.scale > 1 && <IconButton icon="whole" label={m.wholePicture} onClick={() => setView(WHOLE)} />}
			</div>
		</div>
	);
}

const MARGIN_PX = 3;

const boxStyle = (box: Box, place: {left: number; top: number; width: number; height: number}) => ({
	left: place.left + box.x * place.width - MARGIN_PX,
	top: place.top + box.y * place.height - MARGIN_PX,
	width: box.width * place.width + 2 * MARGIN_PX,
	height: box.height * place.height + 2 * MARGIN_PX,
});
