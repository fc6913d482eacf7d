// The run's data as the page carries it: columns unpacked, trades with their states over time.

/** The inverse of pack(): numbers, NaN where there was none. */
export function unpack({ unit, count, bits, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    if (bits === 64) values[index] = view.getFloat64(index * 8, true);
    else {
      const whole = bits === 16 ? view.getInt16(index * 2, true) : view.getInt32(index * 4, true);
      const absent = bits === 16 ? -32_768 : -2_147_483_648;
      values[index] = whole === absent ? Number.NaN : whole * unit;
    }
  }
  return values;
}

/** The place of the last entry at or before `value` in an ascending column; -1 before the first. */
export function lastAtOrBefore(column, value) {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** [state, from, to] in seconds, from the registration until DTMS was done with the trade. */
function spansOf(trade, transitions, runEnd) {
  const spans = [];
  let state = 'HEALTHY';
  let from = trade.at;
  for (const { at, to } of transitions) {
    if (to === state) continue;
    if (at > from) spans.push({ state, from, to: at });
    state = to;
    from = at;
  }
  if (state !== 'CLOSED' && runEnd > from) spans.push({ state, from, to: runEnd });
  return spans;
}

function decodeTrade(raw, text, runEnd) {
  const transitions = raw.transitions.map(([at, from, to, cause, score, price, summary]) => ({
    at,
    from: text(from),
    to: text(to),
    cause: text(cause),
    score,
    price,
    summary: text(summary),
  }));
  const actions = raw.actions.map(
    ([at, id, type, status, stop, volume, code, price, filled, reason, note, by]) => ({
      at,
      id,
      type: text(type),
      status: text(status),
      stop,
      volume,
      code,
      price,
      filled,
      reason: text(reason),
      note: text(note),
      by: text(by),
    }),
  );
  const positions = raw.positions.map(([at, volume, stop, target, hedge, hedgeEntry]) => ({
    at,
    volume,
    stop,
    target,
    hedge,
    hedgeEntry,
  }));
  const notes = raw.notes.map(([at, place]) => ({ at, text: text(place) }));
  const spans = spansOf(raw, transitions, runEnd);
  const closing = transitions.findLast(({ to }) => to === 'CLOSED');
  const known = raw.withDtms !== null && raw.without !== null;
  return {
    ...raw,
    label: text(raw.label),
    state: text(raw.state),
    reason: text(raw.reason),
    closedFrom: closing?.from ?? null,
    transitions,
    actions,
    positions,
    notes,
    spans,
    end: spans.at(-1)?.to ?? raw.at,
    difference: known ? raw.withDtms[0] - raw.without[0] : null,
  };
}

function decodeEvaluations({ at, score, parts }) {
  return { at: unpack(at), score: unpack(score), parts: parts.map(unpack) };
}

/** Reads the page's data once. */
export function readRun(json) {
  const raw = JSON.parse(json);
  const bars = Object.fromEntries(Object.entries(raw.bars).map(([name, column]) => [name, unpack(column)]));
  const step = raw.run.barMs / 1000;
  const runEnd = bars.at.length === 0 ? 0 : bars.at[bars.at.length - 1] + step;
  const text = (place) => raw.texts[place] ?? '';
  return {
    ...raw,
    bars,
    step,
    runEnd,
    equity: { withDtms: unpack(raw.equity.withDtms), without: unpack(raw.equity.without) },
    evaluations: {
      BUY: decodeEvaluations(raw.evaluations.BUY),
      SELL: decodeEvaluations(raw.evaluations.SELL),
    },
    trades: raw.trades.map((trade) => decodeTrade(trade, text, runEnd)),
  };
}
