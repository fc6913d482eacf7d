// Owns which schemas this program works with: those of its major version, also when a newer program has added to
// them. Programs expand a schema first and contract it in a later major, so that old and new ones run side by side.
import type pg from 'pg';
import { UnsuitableDatabaseError } from './errors.js';
import { query } from './pool.js';

/** The schema's major version this program was made for. */
export const SCHEMA_MAJOR = 1;

/** The major version of the schema there is; that of the program where none is written yet. */
export async function schemaMajor(on: pg.Pool | pg.ClientBase): Promise<number> {
  const { rows } = await query(on, `SELECT to_regclass('dtms_schema') IS NOT NULL AS present`);
  if (rows[0]?.present !== true) return SCHEMA_MAJOR;
  const found = await query(on, 'SELECT major FROM dtms_schema');
  return Number(found.rows[0]?.major);
}

/** @throws UnsuitableDatabaseError when a program of a later major version has taken the schema further. */
export async function checkSchema(on: pg.Pool | pg.ClientBase): Promise<void> {
  requireKnown(await schemaMajor(on));
}

/** @throws UnsuitableDatabaseError where it is a later major version than this program's */
export function requireKnown(major: number): void {
  if (major <= SCHEMA_MAJOR) return;
  throw new UnsuitableDatabaseError([
    `its schema is of major version ${major}, newer than this program's ${SCHEMA_MAJOR}: run a newer version of DTMS`,
  ]);
}
