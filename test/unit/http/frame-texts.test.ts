// The texts of frames: the same as if each were made anew, whoever asks in which order; and made once for many who ask at a time.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameTexts } from '../../../src/http/frame-texts.js';
import { NDJSON, SSE } from '../../../src/http/stream-formats.js';
import { METHODS } from '../../support/rest.js';

const [FIRST, SECOND] = METHODS.map(({ output }) => output);
if (FIRST === undefined || SECOND === undefined) throw new Error('there are methods');

const asked = fc.record({
  format: fc.constantFrom(NDJSON, SSE),
  output: fc.constantFrom(FIRST, SECOND),
  /** Few contents, so that they come again. */
  frame: fc.constantFrom('a', 'b', 'ab', 'c').map((text) => Buffer.from(text)),
});

function texts() {
  let made = 0;
  const toJson = (output: { readonly name: string }, frame: Uint8Array) => {
    made += 1;
    return { [output.name]: Buffer.from(frame).toString() };
  };
  return { frames: new FrameTexts({ toJson }), made: () => made };
}

test('are what each format makes of each frame', () => {
  fc.assert(
    fc.property(fc.array(asked), (all) => {
      const { frames } = texts();
      for (const { format, output, frame } of all)
        expect(frames.of(format, output, frame)).toBe(format.frame({ [output.name]: frame.toString() }));
    }),
  );
});

test('are made once for all streams that send the same', () => {
  const { frames, made } = texts();
  for (let event = 0; event < 20; event += 1)
    for (let stream = 0; stream < 50; stream += 1) frames.of(SSE, FIRST, Buffer.from(`event ${event}`));
  expect(made()).toBe(20);
});
