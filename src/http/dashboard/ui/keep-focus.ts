// Owns keeping the focus where it is while what is under it is made again.

/** The attribute by which an element is known again; its value is its own within the place. */
export const KEPT = 'data-kept';

/** Replaces what is in a place. The focus goes to what has the name of what had it, or to the first that has one. */
export function replaceKeepingFocus(place: HTMLElement, children: readonly Node[]): void {
  const focused = document.activeElement;
  const name = focused !== null && place.contains(focused) ? focused.getAttribute(KEPT) : null;
  place.replaceChildren(...children);
  if (name === null) return;
  const all = [...place.querySelectorAll<HTMLElement>(`[${KEPT}]`)];
  const again = all.find((element) => element.getAttribute(KEPT) === name) ?? all[0];
  again?.focus({ preventScroll: true });
}
