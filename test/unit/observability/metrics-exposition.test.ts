// The text of a scrape: whatever a label or a help says, both formats stay readable, and say the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrapeFormat } from '../../../src/http/metrics.js';
import { takesGzip } from '../../../src/http/negotiation.js';
import { exposition } from '../../../src/observability/metrics/exposition.js';
import { counter, gauge, histogramSamples } from '../../../src/observability/metrics/families.js';
import { type ReadFormat, readScrape } from '../../support/scrape.js';

const unescaped = (text: string) =>
  text.replaceAll(/\\([\\n"])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));

describe('exposition', () => {
  it('keeps every label and value, in both formats', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.oneof(fc.double({ noNaN: true, min: 0 }), fc.nat()),
        fc.constantFrom<ReadFormat>('prometheus', 'openmetrics'),
        (label, value, format) => {
          const text = exposition(
            [gauge('dtms_x', `a "help"\nof \\ two lines`, [[{ label }, value]])],
            format,
          );
          const [family] = readScrape(text, format);
          expect(family?.samples).toHaveLength(1);
          expect(unescaped(family?.samples[0]?.labels.label ?? '')).toBe(label);
          expect(family?.samples[0]?.value).toBe(value);
        },
      ),
      // Characters that end a line for some readers, and none in a scrape; what looks like an end of labels.
      {
        examples: ['\u2028', '\u2029', '\r', '\u0085', '} 1 # {} 1 1'].map((label) => [
          label,
          1,
          'openmetrics',
        ]),
      },
    );
  });

  it('names a counter as its format does', () => {
    const families = [counter('dtms_x_total', 'x', 3)];
    expect(exposition(families, 'prometheus')).toBe(
      '# HELP dtms_x_total x\n# TYPE dtms_x_total counter\ndtms_x_total 3\n',
    );
    expect(exposition(families, 'openmetrics')).toBe(
      '# HELP dtms_x x\n# TYPE dtms_x counter\ndtms_x_total 3\n# EOF\n',
    );
  });

  it('shows exemplars in OpenMetrics only', () => {
    const exemplar = { labels: { trace_id: 'ab' }, value: 0.5, timestamp: 12.0625 };
    const samples = histogramSamples({ method: 'M' }, [1], [2, 1], 3.5, (bucket) =>
      bucket === 0 ? exemplar : undefined,
    );
    const family = { name: 'dtms_x', help: 'x', type: 'histogram' as const, samples };
    expect(exposition([family], 'openmetrics')).toContain(
      'dtms_x_bucket{method="M",le="1.0"} 2 # {trace_id="ab"} 0.5 12.063\ndtms_x_bucket{method="M",le="+Inf"} 3\n',
    );
    expect(exposition([family], 'prometheus')).toContain(
      'dtms_x_bucket{method="M",le="1"} 2\ndtms_x_bucket{method="M",le="+Inf"} 3\ndtms_x_sum{method="M"} 3.5\n',
    );
  });
});

describe('scrapeFormat', () => {
  it.each([
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/html,application/xhtml+xml', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    ['text/plain;version=0.0.4,application/openmetrics-text;q=0.5', 'prometheus'],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['constructor,__proto__', 'prometheus'],
  ])('%s: %s', (accept, format) => {
    expect(scrapeFormat(accept)).toBe(format);
  });
});

describe('takesGzip', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['br, gzip;q=0.2', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['identity, deflate', false],
  ])('%s: %s', (header, taken) => {
    expect(takesGzip(header)).toBe(taken);
  });
});
