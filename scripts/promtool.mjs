// Checks and tests the Prometheus rules with promtool, and with `--scrape <url of /metrics>` what a running
// server shows as well: promtool reads the text format, Python's prometheus_client reads OpenMetrics.
// PROMTOOL and PYTHON name other programs than the ones on the path; DTMS_API_KEY is sent when it is set.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

const folder = join(root, 'config', 'prometheus');
const promtool = process.env.PROMTOOL ?? 'promtool';
const python = process.env.PYTHON ?? 'python3';

const NO_PARSER = 3;
const PARSE = `
import sys
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ModuleNotFoundError:
    sys.exit(${NO_PARSER})
families = list(text_string_to_metric_families(sys.stdin.read()))
print(len(families), "families,", sum(len(family.samples) for family in families), "samples by OpenMetrics rules")
`;

/**
 * Runs a program to its end; ends this one when it fails, or is not there, or not whole.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} missing where it comes from
 * @param {string} [input]
 * @param {number} [notWhole] its exit code when it is not whole
 */
function run(program, args, missing, input, notWhole) {
  const { status, error } = spawnSync(program, args, {
    cwd: folder,
    input,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    console.error(`${program} is missing, so not all was checked. ${missing}`);
    process.exit(2);
  }
  if (notWhole !== undefined && status === notWhole) {
    console.error(`${program} lacks a package, so not all was checked. ${missing}`);
    process.exit(2);
  }
  if (status !== 0) process.exit(status ?? 1);
}

const NO_PROMTOOL =
  'It comes with Prometheus: package prometheus of Debian and Ubuntu, or ' +
  'go install github.com/prometheus/prometheus/cmd/promtool@latest';
const NO_PYTHON =
  'OpenMetrics is read by Python with the package prometheus-client: pip install prometheus-client, in a ' +
  'virtual environment whose python PYTHON names';
/** @param {string} suffix */
const named = (suffix) => readdirSync(folder).filter((file) => file.endsWith(suffix));

run(promtool, ['check', 'rules', ...named('.rules.yml')], NO_PROMTOOL);
run(promtool, ['check', 'config', '--syntax-only', 'prometheus.yml'], NO_PROMTOOL);
run(promtool, ['test', 'rules', join('tests', 'rules.test.yml')], NO_PROMTOOL);

const at = process.argv.indexOf('--scrape');
if (at !== -1) {
  const url = process.argv[at + 1];
  if (url === undefined) throw new TypeError('--scrape takes the URL of a scrape');
  const key = process.env.DTMS_API_KEY;
  /** @param {string} accept */
  const scrape = async (accept) => {
    const headers = new Headers({ accept });
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return answer.text();
  };
  run(promtool, ['check', 'metrics'], NO_PROMTOOL, await scrape('text/plain'));
  run(python, ['-c', PARSE], NO_PYTHON, await scrape('application/openmetrics-text'), NO_PARSER);
}
