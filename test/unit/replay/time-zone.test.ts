import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallZone } from '../../../src/replay/input/time-zone.js';
import { runs } from '../../support/properties.js';

const HOUR = 3_600_000;
/** Hours ahead of UTC at noon of a day. */
const ahead = (zone: string, year: number, month: number, day: number) => {
  const wall = Date.UTC(year, month - 1, day, 12);
  return wallZone(zone)
    .instants(wall)
    .map((time) => (wall - time) / HOUR);
};

describe('zones of files', () => {
  it.each([
    ['UTC', [0, 0, 0]],
    ['+02:00', [2, 2, 2]],
    ['-5', [-5, -5, -5]],
    ['GMT+5:30', [5.5, 5.5, 5.5]],
    ['EST-fixed', [-5, -5, -5]],
    // Of the two summers the American one began on 8 March 2026, the European one on 29 March.
    ['America/New_York', [-5, -4, -4]],
    ['Europe/Berlin', [1, 1, 2]],
    ['EET', [2, 2, 3]],
    ['broker:+2/+3', [2, 3, 3]],
  ])('%s', (zone, offsets) => {
    expect([ahead(zone, 2026, 1, 15), ahead(zone, 2026, 3, 15), ahead(zone, 2026, 7, 15)].flat()).toEqual(
      offsets,
    );
  });

  it.each([
    ['EST', /EST-fixed, or America\/New_York/],
    ['CST', /America\/Chicago, Asia\/Shanghai/],
    ['+15:00', /-14:00 to \+14:00/],
    ['+02:75', /-14:00 to \+14:00/],
    ['broker:+25/+2', /-14:00 to \+14:00/],
    ['broker:+2/-15', /-14:00 to \+14:00/],
    ['Atlantis', /"Atlantis" is no time zone/],
    ['', /is no time zone/],
  ])('"%s" is refused with what to write', (zone, text) => {
    expect(() => wallZone(zone)).toThrow(RangeError);
    expect(() => wallZone(zone)).toThrow(text);
  });

  it('give every instant back from the wall that shows it', () => {
    const zones = ['America/New_York', 'Europe/London', 'Asia/Kolkata', 'broker:+2/+3'].map(wallZone);
    const offsets = [-5, -4, 0, 1, 5.5, 2, 3];
    fc.assert(
      fc.property(fc.integer({ min: 1e9, max: 1.9e9 }), fc.constantFrom(...zones), (second, zone) => {
        const time = second * 1000;
        const found = offsets.filter((offset) => zone.instants(time + offset * HOUR).includes(time));
        expect(found).toHaveLength(1);
      }),
      { numRuns: runs(200) },
    );
  });
});
