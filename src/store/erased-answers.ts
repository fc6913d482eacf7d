// Owns which kept answers are an account's: those with a field that names it. Others may have its name in their bytes, such as
// within another account's name, and a repeat of their request must not be done anew.
import { type DescField, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { isReflectMessage, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type pg from 'pg';
import { Contract } from '../contract/contract.js';
import { tradeOfAction } from '../domain/trade/action-id.js';
import { descriptorSet } from '../package-files.js';
import { query } from './pool.js';

const PAGE = 1000;

/** Removes the answers of an account; how many. */
export async function eraseAnswers(on: pg.ClientBase, account: string): Promise<number> {
  const contract = new Contract(descriptorSet());
  let erased = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await query(
      on,
      `SELECT request_id AS id, method, response FROM answers
       WHERE request_id > $1 AND position(convert_to($2, 'UTF8') in response) > 0 ORDER BY request_id LIMIT ${PAGE}`,
      [after, account],
    );
    const its = rows.filter(({ method, response }) => {
      const answer = contract.methods.get(method)?.desc.output;
      // What another version wrote, and nobody can read any more, may be its.
      return answer === undefined || mayName(answer, response, account);
    });
    await query(on, 'DELETE FROM answers WHERE request_id = ANY ($1::uuid[])', [its.map(({ id }) => id)]);
    erased += its.length;
    if (rows.length < PAGE) return erased;
    after = rows.at(-1)?.id;
  }
}

function mayName(answer: DescMessage, bytes: Uint8Array, account: string): boolean {
  try {
    return names(reflect(answer, fromBinary(answer, bytes)), account);
  } catch {
    return true;
  }
}

/** Whether a field of the message, at any depth, holds the account, or the id of an action of it. */
function names(message: ReflectMessage, account: string): boolean {
  const isIts = (field: DescField, value: unknown): boolean => {
    if (isReflectMessage(value)) return names(value, account);
    if (typeof value !== 'string') return false;
    return HOLDS_ACCOUNTS.test(field.name) ? value === account : tradeOfAction(value)?.account === account;
  };
  return message.fields.some(
    (field) => message.isSet(field) && valuesOf(message, field).some((value) => isIts(field, value)),
  );
}

const HOLDS_ACCOUNTS = /(?:^|_)accounts?$/;

function valuesOf(message: ReflectMessage, field: DescField): unknown[] {
  switch (field.fieldKind) {
    case 'list':
      return [...message.get(field)];
    case 'map':
      return [...message.get(field).values()];
    default:
      return [message.get(field)];
  }
}
