// Checks what is published. Of the npm package: that its exports lead somewhere (publint) and that their types are found in
// the way their code is (are-the-types-wrong), and that it works where it is installed. Of the Python wheels: that the messages are in one of them only, that both
// are typed and of one version, and that the bridge is a program.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedWorks } from './check-installed.mjs';
import { bin, root } from './tools.mjs';

/**
 * Whether a program ends well.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
function passes(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status === 0;
}

/** What a check of the wheels runs in the environment that has them: the first fault ends it. */
const WHEELS = `
import importlib.metadata as metadata, sys
client, bridge = metadata.distribution("dtms"), metadata.distribution("dtms-mt5-bridge")
of = lambda told: {str(path) for path in told.files}
stubs = {path for path in of(client) | of(bridge) if path.endswith("_pb2.py")}
checks = {
    "the client has the messages": "dtms/v1/types_pb2.py" in of(client),
    "no messages twice": all(path.startswith("dtms/v1/") and path in of(client) for path in stubs),
    "the bridge has nothing of the client's": not any(path.startswith("dtms/") for path in of(bridge)),
    "both are typed": {"dtms/py.typed", "dtms_mt5_bridge/py.typed"} <= of(client) | of(bridge),
    "the client has its bridge side": {"dtms/bridge/run_bridge.py", "dtms/bridge_checks.py"} <= of(client),
    "one version": client.version == bridge.version and f"dtms=={client.version}" in bridge.requires,
    "the bridge is a program": any(entry.name == "dtms-mt5-bridge" for entry in bridge.entry_points),
}
wrong = [name for name, holds in checks.items() if not holds]
print("wheels:", "well" if not wrong else wrong)
sys.exit(bool(wrong))
`;

/** Whether the Python wheels are as they should be; without the tools for them nothing can be said. */
function wheelsPass() {
  if (!existsSync(join(root, 'build', 'python'))) {
    console.error('The wheels are not checked: npm run generate with Python 3 makes what builds them.');
    return true;
  }
  const python = execFileSync(process.execPath, [join(root, 'scripts', 'python-wheel.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  return passes(python, ['-m', 'pip', 'check']) && passes(python, ['-c', WHEELS]);
}

/** @type {{ readonly version: string }} */
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'dtms-package-'));
try {
  const packed = passes('npm', ['pack', '--silent', '--pack-destination', folder]);
  const [tarball] = readdirSync(folder);
  if (!packed || tarball === undefined) throw new Error('npm pack failed');
  const file = join(folder, tarball);
  const checks = [
    passes(bin('publint'), ['run', file, '--strict']),
    passes(bin('attw'), [
      file,
      '--no-emoji',
      // Resolution by Node 10's rules knows no exports; no Node that runs DTMS uses it.
      '--profile',
      'node16',
      // The package is ESM only. CommonJS programs load it by require(), which Node does for ESM since
      // 20.19, the oldest that DTMS runs on; the rule warns of Nodes that cannot.
      '--ignore-rules',
      'cjs-resolves-to-esm',
    ]),
    wheelsPass(),
    await installedWorks(file, folder, version),
  ];
  process.exitCode = checks.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
