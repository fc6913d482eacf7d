// The Helm chart: its values by their schema, and what helm makes of it by the schemas of Kubernetes. Without a helm (on PATH, or HELM)
// the second part is skipped.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Ajv } from 'ajv';
import { load, loadAll } from 'js-yaml';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { describe, expect, test } from 'vitest';
import { unknownVariables } from '../../../src/config/known-names.js';
import { packageRoot, packageVersion } from '../../../src/package-files.js';

const chart = join(packageRoot(), 'deploy', 'helm', 'dtms');
const read = (name: string) => readFileSync(join(chart, name), 'utf8');
const helm = process.env.HELM ?? 'helm';
const present = spawnSync(helm, ['version', '--short']).status === 0;

interface Shown {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}
interface Pods extends Shown {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}
interface PodSpec {
  readonly enableServiceLinks: boolean;
  readonly securityContext: object;
  readonly containers: readonly {
    readonly image: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly securityContext: object;
    readonly readinessProbe: object;
    readonly livenessProbe: object;
    readonly volumeMounts: readonly { readonly name: string; readonly readOnly?: boolean }[];
  }[];
}

const MODELS = {
  ConfigMap,
  Deployment,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  ServiceMonitor,
};

/** What helm makes of the chart with these values; what it says when it refuses them. */
function rendered(...values: string[]): { objects: Shown[]; said: string } {
  const set = values.flatMap((value) => ['--set', value]);
  const args = ['template', 'one', chart, '--kube-version', '1.31.0', ...set];
  const { stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8' });
  return { objects: loadAll(stdout).filter((one) => one !== null) as Shown[], said: stderr };
}
const deploymentOf = (objects: readonly Shown[]) => objects.find(({ kind }) => kind === 'Deployment') as Pods;

describe('values', () => {
  const valid = new Ajv().compile(JSON.parse(read('values.schema.json')));
  const usual = load(read('values.yaml')) as { database: object };

  test('the usual ones lack only the secret of the database', () => {
    expect(valid(usual)).toBe(false);
    expect(valid.errors?.map(({ instancePath }) => instancePath)).toEqual(['/database/secret']);
    expect(valid({ ...usual, database: { ...usual.database, secret: 'db' } })).toBe(true);
  });

  test.each([
    ['a misspelt one', { replica: 3 }],
    ['no replica', { replicas: 0 }],
    ['an environment that is none', { environment: 'prod' }],
    ['an ingress for no host', { ingress: { enabled: true, host: '' } }],
    ['a digest that is none', { image: { repository: 'dtms', digest: 'latest' } }],
  ])('%s is refused', (_what, wrong) => {
    const good = { ...usual, database: { ...usual.database, secret: 'db' } };
    expect(valid({ ...good, ...wrong })).toBe(false);
  });

  test('the chart is released with the program', () => {
    expect(load(read('Chart.yaml'))).toMatchObject({
      version: packageVersion(),
      appVersion: packageVersion(),
    });
  });
});

describe.skipIf(!present)('what helm makes of it (needs helm)', () => {
  const EVERYTHING = [
    ...['database.secret=db', 'database.ownerUrlKey=owner', 'tls.secret=tls', 'ingress.enabled=true'],
    ...['ingress.host=dtms.example.com', 'ingress.tlsSecret=edge', 'serviceMonitor.enabled=true'],
    ...['serviceMonitor.keySecret=scrape', 'settings.limits.queriesPerSecond=200', 'priorityClassName=high'],
    'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring',
  ];
  const least = present ? rendered('database.secret=db', 'environment=staging').objects : [];
  const most = present ? rendered(...EVERYTHING).objects : [];

  test('is right by the schemas of Kubernetes and the Prometheus operator, with little and with everything', () => {
    expect(most.map(({ kind }) => kind).sort()).toEqual([...Object.keys(MODELS), 'Service'].sort());
    expect(least.map(({ kind }) => kind)).not.toContain('Ingress');
    for (const one of [...least, ...most]) {
      const Model = MODELS[one.kind as keyof typeof MODELS] as new (data: object) => { validate(): void };
      expect(() => new Model(one).validate(), `${one.kind} ${one.metadata.name}`).not.toThrow();
    }
    const broken = { ...deploymentOf(least), spec: { replicas: 'two' } };
    expect(() => new Deployment(broken as never).validate()).toThrow();
  });

  test('every selector finds the pods', () => {
    const { selector, template } = deploymentOf(most).spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    for (const one of most.filter(({ kind }) => kind === 'Service'))
      expect(template.metadata.labels).toMatchObject(
        Reflect.get(Object(Reflect.get(one, 'spec')), 'selector'),
      );
  });

  test('its pods are hardened, and write into volumes of their own only', () => {
    const { spec } = deploymentOf(most).spec.template;
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    const [container] = spec.containers;
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const writable = container?.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable?.map(({ name }) => name)).toEqual(['data', 'tmp']);
  });

  test('its variables are settings', () => {
    const env = deploymentOf(most).spec.template.spec.containers[0]?.env ?? [];
    const variables = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
    const problems: string[] = [];
    expect(unknownVariables(variables, problems).filter((name) => name !== 'DTMS_ENV')).toEqual([]);
    expect(problems).toEqual([]);
    expect(variables).toMatchObject({ DTMS_ENV: 'production', DTMS_TLS_CERT: '/etc/dtms/tls/tls.crt' });
    expect(JSON.stringify(most.find(({ kind }) => kind === 'ConfigMap'))).toContain('queriesPerSecond');
  });

  test('its servers start in every environment: on all addresses, in development told that no key is needed', () => {
    for (const [environment, mode] of [['development', 'open'], ['staging'], ['production']] as const) {
      const { objects } = rendered('database.secret=db', 'tls.secret=tls', `environment=${environment}`);
      const env = deploymentOf(objects).spec.template.spec.containers[0]?.env ?? [];
      const said = (wanted: string) => env.find(({ name }) => name === wanted)?.value;
      expect(said('DTMS_ENV')).toBe(environment);
      expect(said('DTMS_GRPC_HOST')).toBe('0.0.0.0');
      expect(said('DTMS_ACCESS_MODE')).toBe(mode);
    }
  });

  test('probes ask /livez and /readyz, by TLS where there is some, or gRPC', () => {
    const probes = (objects: readonly Shown[]) => deploymentOf(objects).spec.template.spec.containers[0];
    expect(probes(most)?.livenessProbe).toMatchObject({ httpGet: { path: '/livez', scheme: 'HTTPS' } });
    expect(probes(least)?.readinessProbe).toMatchObject({ httpGet: { path: '/readyz', scheme: 'HTTP' } });
    const byCalls = rendered('database.secret=db', 'environment=staging', 'probes.readiness=grpc');
    expect(probes(byCalls.objects)?.readinessProbe).toMatchObject({ grpc: { port: 50051 } });
  });

  test('what cannot work is refused, and says what to set', () => {
    expect(rendered('database.secret=db').said).toContain('production requires TLS: set tls.secret');
    expect(rendered('tls.secret=tls').said).toContain('/database/secret');
    const probe = rendered('database.secret=db', 'tls.secret=tls', 'probes.readiness=grpc');
    expect(probe.said).toContain('speaks no TLS');
  });
});
