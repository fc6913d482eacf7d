// Owns what is longer than things are, each with the reason a reader should accept.

const SCENARIO = 'one story, told from its beginning to its end';
const CASES = 'a list of cases, one entry each';

export const LONG_FILES: Readonly<Record<string, string>> = {
  'test/security/http.test.ts': CASES,
  'test/unit/domain/trade/state-table.test.ts': CASES,
};

export const LONG_FUNCTIONS: Readonly<Record<string, string>> = {
  'src/domain/trade/version.ts nextVersion':
    'each field of a trade, written out because every event passes here',
  'src/wire/event.ts changeToProto': 'each kind of change, and what it is in the proto',
  'test/fault/kill.test.ts it loses nothing acknowledged and invents nothing': SCENARIO,
  'test/fault/ownership-race.test.ts it has one winner at a time, and no loser modifies the stop': SCENARIO,
  'test/fault/watch.test.ts it holds its promises while watchers are cut and resumed under load': SCENARIO,
  'test/functional/client/soak.test.ts test': SCENARIO,
  'test/security/http.test.ts test JSON that explodes, lies or is none': CASES,
  'test/security/http.test.ts test heads and framing that are not HTTP': CASES,
  'test/security/identity.test.ts test tokens that are forged, old or of another query are refused': SCENARIO,
  'test/support/account-calls.ts accountCalls': CASES,
  'test/support/action-calls.ts actionCalls': CASES,
};
