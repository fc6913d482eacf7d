// Owns the numbers of the six-state plan that a variant of a study may change.
import Type, { type Static } from 'typebox';

const strict = { additionalProperties: false } as const;
const above0 = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });
const least0 = Type.Number({ minimum: 0, maximum: 1e9 });
const score = Type.Optional(Type.Number());
const ms = Type.Optional(Type.Integer({ minimum: 0, maximum: 1e12 }));
/** Numbers of the plan that are other than the settings', under the settings' names. */
export const PLAN = Type.Object(
  {
    states: Type.Optional(
      Type.Object(
        {
          l1Score: score,
          l1ClearScore: score,
          l2Score: score,
          l2ClearScore: score,
          hedgeScore: score,
          recoverScore: score,
          flatTimerMs: ms,
          recoveryTimerMs: ms,
        },
        strict,
      ),
    ),
    actions: Type.Optional(
      Type.Object(
        {
          tightenR: Type.Optional(above0),
          partialClose: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          hedgeRatio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          hedgeStopAtr: Type.Optional(above0),
          fallbackStopAtr: Type.Optional(least0),
          reAdd: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type PlanChange = Static<typeof PLAN>;
