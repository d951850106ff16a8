/** One plane repeated `channels` times: how a gray image enters a colour model. */
export function replicatePlaneInto(plane: Uint8Array, channels: number, target: Uint8Array): void {
  for (let channel = 0; channel < channels; channel += 1) target.set(plane, channel * plane.length);
}
