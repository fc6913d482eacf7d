// One bad value at a time: every scalar field of every request, however deep, set to a value of a test's
// choice in a request that is good otherwise.
import { type DescField, type DescMethod, type ScalarType, toBinary } from '@bufbuild/protobuf';
import { isReflectMessage, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { Dice } from './random.js';
import { tameSample } from './samples.js';

export interface Place {
  readonly method: DescMethod;
  /** The field's path in the request, such as "trade.entry_price". */
  readonly path: string;
  /** The request with this value there. */
  with(value: unknown): Buffer;
}

/** Where a field of that type is in the requests of a method; members of a oneof are found in turn. */
export function placesOf(method: DescMethod, type: ScalarType): readonly Place[] {
  const found = new Map<string, Place>();
  for (let seed = 1; seed <= 12; seed += 1) {
    const root = tameSample(method, new Dice(seed));
    for (const { path, put } of walk(root, '', type)) {
      if (found.has(path)) continue;
      found.set(path, {
        method,
        path,
        with: (value) => {
          const back = put(value);
          const bytes = Buffer.from(toBinary(method.input, root.message));
          back();
          return bytes;
        },
      });
    }
  }
  return [...found.values()];
}

interface Setter {
  readonly path: string;
  /** Puts a value there and returns how to take it back. */
  readonly put: (value: unknown) => () => void;
}

function* walk(message: ReflectMessage, prefix: string, type: ScalarType): Generator<Setter> {
  for (const field of message.fields) {
    if (!message.isSet(field) && field.oneof !== undefined) continue;
    const path = `${prefix}${field.name}`;
    if (field.fieldKind === 'list') yield* items(message, field, path, type);
    else if (field.fieldKind === 'message') {
      if (message.isSet(field)) yield* walk(message.get(field), `${path}.`, type);
    } else if (field.fieldKind === 'scalar' && field.scalar === type) {
      yield {
        path,
        put: (value) => {
          const before = message.get(field);
          message.set(field, value);
          return () => message.set(field, before);
        },
      };
    }
  }
}

function* items(
  message: ReflectMessage,
  field: DescField & { fieldKind: 'list' },
  path: string,
  type: ScalarType,
): Generator<Setter> {
  const list = message.get(field);
  const first = list.get(0);
  if (isReflectMessage(first)) yield* walk(first, `${path}[0].`, type);
  else if (field.listKind === 'scalar' && field.scalar === type) {
    yield {
      path: `${path}[0]`,
      put: (value) => {
        list.set(0, value);
        return () => list.set(0, first);
      },
    };
  }
}
