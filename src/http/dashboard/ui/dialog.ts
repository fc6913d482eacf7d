// Owns asking: before anything is done by hand, what it does is said and a reason taken; and telling what
// became of it.
import { button, h } from './dom.js';

export interface Question {
  readonly title: string;
  /** What it will do, a paragraph each. */
  readonly text: readonly string[];
  /** The button's words: what is done, not "OK". */
  readonly action: string;
  readonly tone: 'plain' | 'danger';
  readonly reason: 'required' | 'optional' | 'none';
}

/** As long as the interface takes. */
const REASON_LENGTH = 256;
const TOAST_MS = 8000;

/** Resolves to the reason given; undefined when it was not confirmed. */
export function confirm(question: Question): Promise<{ readonly reason: string } | undefined> {
  const reason = h('input', {
    type: 'text',
    name: 'reason',
    maxlength: REASON_LENGTH,
    autocomplete: 'off',
    required: question.reason === 'required',
  });
  const field =
    question.reason === 'none'
      ? undefined
      : h(
          'label',
          { class: 'field' },
          question.reason === 'required' ? 'Reason' : 'Reason (optional)',
          reason,
        );
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'question' }, question.title),
    ...question.text.map((text) => h('p', {}, text)),
    field,
    h(
      'div',
      { class: 'buttons' },
      button('Cancel', {}, () => dialog.close('')),
      h(
        'button',
        { type: 'submit', class: question.tone === 'danger' ? 'danger' : 'primary', value: 'done' },
        question.action,
      ),
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'question' }, form);
  return opened(dialog, () => (dialog.returnValue === 'done' ? { reason: reason.value.trim() } : undefined));
}

/** Shows a dialog until it is closed, then gives what it gave. */
export function opened<T>(dialog: HTMLDialogElement, result: () => T): Promise<T> {
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result());
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Says something for a while, aloud too. */
export function toast(text: string, tone: 'plain' | 'problem'): void {
  const place = document.querySelector('#toasts');
  const line = h('p', { class: `toast ${tone}`, role: tone === 'problem' ? 'alert' : 'status' }, text);
  place?.append(line);
  setTimeout(() => line.remove(), TOAST_MS);
}
