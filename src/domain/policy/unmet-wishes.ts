// Owns how it is told what rules wished for and was not planned: a reason is told once, and again when it is another.
import type { SuppressedAction, SuppressionReason } from '../trade/action.js';
import type { ActionType } from '../trade/action-specs.js';

/** Each is made once: every bar compares it with what its trades have of it. */
const TEXTS = new Map<ActionType, Map<SuppressionReason, string>>();

/** What was only observed is told with its numbers, which move; of all else it is enough that it could not be. */
export function wishText({ type, reason, note }: SuppressedAction): string {
  return reason === 'OBSERVE' ? `${type} ${note}` : reasonText(type, reason);
}

/** The text of what cannot be for a reason. */
export function reasonText(type: ActionType, reason: SuppressionReason): string {
  const known = TEXTS.get(type)?.get(reason);
  if (known !== undefined) return known;
  const text = `${type} ${reason}`;
  const ofType = TEXTS.get(type) ?? new Map<SuppressionReason, string>();
  TEXTS.set(type, ofType.set(reason, text));
  return text;
}

/** Whether a stop was wished for so soon after the last change that it waits: of nothing else it is said. */
export function isStopAwaited(unmetWishes: string): boolean {
  return unmetWishes.includes('TOO_SOON' satisfies SuppressionReason);
}
