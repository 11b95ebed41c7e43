// The server takes 15 MiB and 60 megapixels. A picture within that is sent as it is; a larger one is drawn smaller, once.
const MAX_BYTES = 15 * 1024 * 1024;
// Enough for the smallest print of a label that fills the frame, and within what Safari can draw (16.7 megapixels).
const LONGEST_SIDE_PX = 4000;

/** The picture as it can be sent; itself where nothing has to be done, or where the browser cannot decode it (HEIC). */
export async function fitPicture(picture: Blob): Promise<Blob> {
	if (picture.size <= MAX_BYTES) return picture;
	let bitmap: ImageBitmap;
	try {
		bitmap = await createImageBitmap(picture);
	} catch {
		return picture;
	}
	const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(bitmap.width, bitmap.height));
	const canvas = document.createElement('canvas');
	canvas.width = Math.round(bitmap.width * scale);
	canvas.height = Math.round(bitmap.height * scale);
	canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
	bitmap.close();
	const smaller = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.92));
	return smaller ?? picture;
}
