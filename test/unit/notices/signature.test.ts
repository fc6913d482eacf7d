// The signature of a webhook against the specification's own vector.
import { expect, test } from 'vitest';
import { signatureOf } from '../../../src/notices/channels/webhook.js';

test('the vector of Standard Webhooks', () => {
  const signature = signatureOf(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1614265330,
    '{"test": 2432232314}',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
