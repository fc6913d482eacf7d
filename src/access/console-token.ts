// Owns the token that a call without a key needs to make one: printed on the server's own console, and good once.
import { randomBytes } from 'node:crypto';
import { consoleTokenNeeded } from '../errors/access.js';
import { sameText } from './api-key.js';

export class ConsoleToken {
  readonly text = `console-${randomBytes(16).toString('hex')}`;
  #used = false;

  /**
   * Makes something with the token, which is used up when that succeeds.
   *
   * @throws DtmsError CONSOLE_TOKEN_NEEDED
   */
  async spend<T>(given: string, make: () => Promise<T>): Promise<T> {
    if (this.#used || !sameText(given, this.text)) throw consoleTokenNeeded();
    this.#used = true;
    try {
      return await make();
    } catch (error) {
      this.#used = false;
      throw error;
    }
  }
}
