// Owns the texts of frames that many streams send: what says the same to each of them is made once, and not once for each.
import type { DescMessage } from '@bufbuild/protobuf';
import type { StreamFormat } from './stream-formats.js';
import type { Transcoder } from './transcoder.js';

/** Streams take an event within a turn or a few; what came before is nobody's any more. */
const KEPT = 8;
/** Larger frames are of one stream's beginning. */
const MOST_BYTES = 16_384;

interface Kept {
  readonly format: StreamFormat;
  readonly output: DescMessage;
  readonly frame: Buffer;
  readonly text: string;
}

export class FrameTexts {
  readonly #transcoder: Pick<Transcoder, 'toJson'>;
  /** The newest first. */
  #kept: readonly Kept[] = [];

  constructor(transcoder: Pick<Transcoder, 'toJson'>) {
    this.#transcoder = transcoder;
  }

  /** A frame as a format has it. */
  of(format: StreamFormat, output: DescMessage, frame: Buffer): string {
    const known = this.#kept.find(
      (kept) => kept.format === format && kept.output === output && kept.frame.equals(frame),
    );
    if (known !== undefined) return known.text;
    const text = format.frame(this.#transcoder.toJson(output, frame));
    if (frame.length <= MOST_BYTES)
      this.#kept = [{ format, output, frame, text }, ...this.#kept.slice(0, KEPT - 1)];
    return text;
  }
}
