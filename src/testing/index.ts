// Owns the package export `dtms/testing`: the real service, a broker and a market for other programs' tests.

export type { ScriptedAnswer } from '../broker/paper-terminal.js';
export { TestBroker, type TestBrokerOptions, type TestOrder } from './broker.js';
export { TestClock } from './clock.js';
export { barsOf, type Leg, RISING, TURNING } from './market.js';
export { startTestServer, type TestServer, type TestServerOptions } from './server.js';
export { TERMINAL_CHECKS, type TerminalCheck, type TerminalStage } from './terminal-checks.js';
