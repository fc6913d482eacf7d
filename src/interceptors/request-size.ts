// Owns refusing requests that would unfold into far more than they weigh, before they are decoded.
import { invalidField } from '../errors/errors.js';
import type { Validator } from '../validation/validator.js';
import type { Interceptor } from './call.js';

export function requestSize(validator: Validator): Interceptor {
  return {
    name: 'request-size',
    aroundRequest: (method, next) => {
      const { most, fits } = validator.sizeOf(method.path);
      return (call, bytes) => {
        if (!fits(bytes)) throw invalidField('', `must have at most ${most} fields and list items in all`);
        return next(call, bytes);
      };
    },
  };
}
