// The definitions for Kubernetes: they parse, have no field that their kinds do not know, and judge by the limits and steps of the
// plan that comes with the package.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { readPlan } from '../../../src/rollout/plan.js';

const PLAN = readPlan(join(packageRoot(), 'config', 'rollout.json'));
const PERCENTS = PLAN.steps.flatMap((step) => (step.kind === 'calls' ? [step.percent] : []));
const limitOf = (kind: string) => {
  const rule = PLAN.rules.find((each) => each.kind === kind);
  if (rule?.kind === 'errors') return rule.above;
  return rule?.kind === 'latency'
    ? rule.aboveMs / 1000
    : rule?.kind === 'registrations'
      ? rule.below
      : undefined;
};

/** Fields by the place of the object that has them, as the CRDs of Argo Rollouts 1.8 and Flagger 1.4x have them; what is not listed is not looked into. */
const FIELDS: Readonly<Record<string, string>> = {
  Rollout: 'apiVersion kind metadata spec',
  'Rollout.spec':
    'analysis minReadySeconds paused progressDeadlineAbort progressDeadlineSeconds replicas restartAt revisionHistoryLimit rollbackWindow selector strategy template workloadRef',
  'Rollout.spec.strategy': 'blueGreen canary',
  'Rollout.spec.strategy.canary':
    'abortScaleDownDelaySeconds analysis antiAffinity canaryMetadata canaryService dynamicStableScale maxSurge maxUnavailable minPodsPerReplicaSet pingPong scaleDownDelayRevisionLimit scaleDownDelaySeconds stableMetadata stableService steps trafficRouting',
  'Rollout.spec.strategy.canary.trafficRouting':
    'alb ambassador apisix appMesh istio managedRoutes maxTrafficWeight nginx plugins smi traefik',
  'Rollout.spec.strategy.canary.trafficRouting.istio': 'destinationRule virtualService virtualServices',
  'Rollout.spec.strategy.canary.trafficRouting.istio.virtualService': 'name routes tcpRoutes tlsRoutes',
  'Rollout.spec.strategy.canary.analysis':
    'analysisRunMetadata args dryRun measurementRetention startingStep templates',
  'Rollout.spec.strategy.canary.steps[]':
    'analysis experiment pause plugin replicaProgressThreshold setCanaryScale setHeaderRoute setMirrorRoute setWeight',
  AnalysisTemplate: 'apiVersion kind metadata spec',
  'AnalysisTemplate.spec': 'args dryRun measurementRetention metrics templates',
  'AnalysisTemplate.spec.metrics[]':
    'consecutiveErrorLimit consecutiveSuccessLimit count failureCondition failureLimit inconclusiveLimit initialDelay interval name provider successCondition',
  'AnalysisTemplate.spec.metrics[].provider.prometheus':
    'address authentication headers insecure query rangeQuery timeout',
  Canary: 'apiVersion kind metadata spec',
  'Canary.spec':
    'analysis autoscalerRef ingressRef metricsServer progressDeadlineSeconds provider revertOnDeletion routeRef service skipAnalysis suspend targetRef upstreamRef',
  'Canary.spec.targetRef': 'apiVersion kind name',
  'Canary.spec.service':
    'apex appProtocol backendTimeout backends canary corsPolicy delegation gatewayRefs gateways headers headless hosts match meshName mirror name port portDiscovery portName primary retries rewrite targetPort timeout trafficDistribution trafficPolicy unmanagedMetadata',
  'Canary.spec.analysis':
    'alerts canaryReadyThreshold interval iterations match maxWeight metrics mirror mirrorWeight primaryReadyThreshold sessionAffinity stepWeight stepWeightPromotion stepWeights threshold webhooks',
  'Canary.spec.analysis.metrics[]':
    'interval name query templateRef templateVariables threshold thresholdRange',
  MetricTemplate: 'apiVersion kind metadata spec',
  'MetricTemplate.spec': 'provider query',
  'MetricTemplate.spec.provider': 'address headers insecureSkipVerify region secretRef type',
};

/** What the tests read of a definition. */
interface Definition {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

const documentsOf = (name: string) =>
  loadAll(readFileSync(join(packageRoot(), 'deploy', 'kubernetes', name), 'utf8')) as Definition[];

/** All values of a field, wherever it is, in their order. */
function valuesOf(field: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === field ? [inner] : []),
    ...valuesOf(field, inner),
  ]);
}

/** Places of fields that their kind does not know, and of kinds that nobody listed. */
function unknownFields(place: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => unknownFields(`${place}[]`, item));
  if (typeof value !== 'object' || value === null) return [];
  const known = FIELDS[place]?.split(' ');
  return Object.entries(value).flatMap(([field, inner]) => [
    ...(known === undefined || known.includes(field) ? [] : [`${place}.${field}`]),
    ...unknownFields(`${place}.${field}`, inner),
  ]);
}

describe.each(['argo-rollouts.yaml', 'flagger.yaml'])('%s', (name) => {
  test('has kinds and fields that there are', () => {
    const documents = documentsOf(name);
    expect(documents.length).toBeGreaterThan(1);
    expect(documents.filter(({ kind }) => FIELDS[kind] === undefined)).toEqual([]);
    expect(documents.flatMap((document) => unknownFields(document.kind, document))).toEqual([]);
  });

  test('asks for metrics that DTMS has', () => {
    const page = readFileSync(join(packageRoot(), 'docs', 'guides', 'observability.md'), 'utf8');
    const asked = documentsOf(name)
      .flatMap((document) => valuesOf('query', document))
      .join('\n');
    const metrics = new Set(asked.match(/dtms_[a-z_]+/g));
    expect(metrics.size).toBe(2);
    for (const metric of metrics) expect(page).toContain(`| \`${metric.replace(/_bucket$/, '')}\` |`);
  });
});

test('a field that is none is found', () => {
  expect(
    unknownFields('Canary', { kind: 'Canary', spec: { analysis: { metrics: [{ nam: 'x' }] } } }),
  ).toEqual(['Canary.spec.analysis.metrics[].nam']);
});

test('Argo Rollouts goes by the steps and limits of the plan', () => {
  const [rollout, template] = documentsOf('argo-rollouts.yaml');
  expect(valuesOf('setWeight', rollout)).toEqual(PERCENTS);
  const conditions = valuesOf('failureCondition', template).map((text) =>
    Number(/[\d.]+$/.exec(String(text))?.[0]),
  );
  expect(conditions).toEqual(['errors', 'latency', 'registrations'].map(limitOf));
});

test('Flagger does too', () => {
  const [canary] = documentsOf('flagger.yaml');
  expect(valuesOf('stepWeights', canary)).toEqual([PERCENTS]);
  const limits = valuesOf('thresholdRange', canary).map((range) => Object.values(Object(range))[0]);
  expect(limits).toEqual(['errors', 'latency', 'registrations'].map(limitOf));
});
