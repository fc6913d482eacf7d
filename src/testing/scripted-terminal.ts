// A broker's terminal whose next answers a test writes; without a script it is the paper broker's own.
import type { OrderResult } from '../bridge/desk.js';
import { untraded } from '../broker/dealer.js';
import type { PaperTerminal } from '../broker/paper-terminal.js';
import type {
  DealsAnswer,
  OrderRequest,
  PositionsAnswer,
  Terminal,
  TerminalAccount,
} from '../broker/terminal.js';
import { RETURN_CODES, type ReturnCode } from '../domain/result-codes.js';

/**
 * What becomes of an order: a refusal with an MT5 return code, or `lost`: it is carried out, and its answer
 * does not arrive in time.
 */
export type ScriptedAnswer = ReturnCode | 'lost';

export class ScriptedTerminal implements Terminal {
  readonly #paper: PaperTerminal;
  #script: readonly ScriptedAnswer[] = [];
  readonly #orders: OrderRequest[] = [];

  constructor(paper: PaperTerminal) {
    this.#paper = paper;
  }

  /** What happens to the next orders, one each, after those scripted before. */
  script(...answers: readonly ScriptedAnswer[]): void {
    this.#script = [...this.#script, ...answers];
  }

  /** Every order that was sent, refused ones too. */
  get orders(): readonly OrderRequest[] {
    return this.#orders;
  }

  async order(request: OrderRequest): Promise<OrderResult> {
    this.#orders.push(request);
    const [answer, ...rest] = this.#script;
    this.#script = rest;
    if (answer === undefined) return this.#paper.order(request);
    if (answer !== 'lost') return untraded(answer);
    await this.#paper.order(request);
    return untraded(RETURN_CODES.TIMEOUT);
  }

  positions(): Promise<PositionsAnswer> {
    return this.#paper.positions();
  }

  deals(since: number): Promise<DealsAnswer> {
    return this.#paper.deals(since);
  }

  account(): Promise<TerminalAccount> {
    return this.#paper.account();
  }
}
