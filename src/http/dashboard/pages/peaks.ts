// Owns the marks of what is above a chart's axis: nothing is hidden.
import type uPlot from 'uplot';

/** A value above the axis. */
export interface Peak {
  /** UTC ms. */
  readonly at: number;
  readonly value: number;
}

/** An arrow at the top edge for each, and the number of the highest. */
export function paintPeaks(
  plot: uPlot,
  color: (token: string) => string,
  peaks: readonly Peak[],
  format: (value: number) => string,
): void {
  const { ctx, bbox } = plot;
  const highest = peaks.reduce<Peak | undefined>(
    (most, peak) => (most === undefined || peak.value > most.value ? peak : most),
    undefined,
  );
  if (highest === undefined) return;
  const place = ({ at }: Peak) => plot.valToPos(at / 1000, 'x', true);
  ctx.save();
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  ctx.fillStyle = color('--bad');
  for (const peak of peaks) ctx.fillText('▲', place(peak), bbox.top);
  const right = place(highest) > bbox.left + bbox.width / 2;
  ctx.textAlign = right ? 'right' : 'left';
  ctx.fillText(format(highest.value), place(highest) + (right ? -8 : 8) * devicePixelRatio, bbox.top);
  ctx.restore();
}
