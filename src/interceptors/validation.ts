// Owns refusing requests that break the rules of the protos.
import { invalidFields } from '../errors/errors.js';
import type { Validator } from '../validation/validator.js';
import type { Interceptor } from './call.js';

export function validation(validator: Validator): Interceptor {
  return {
    name: 'validation',
    aroundRequest: (method, next) => {
      const check = validator.forMethod(method.path);
      return (call, bytes) => {
        const request = next(call, bytes);
        const violations = check(request);
        if (violations.length > 0) throw invalidFields(violations);
        return request;
      };
    },
  };
}
