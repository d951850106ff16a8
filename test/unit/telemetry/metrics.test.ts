import { describe, expect, test } from 'vitest';
import { createMetrics, type MetricSources } from '#src/telemetry/metrics.ts';

const sources: MetricSources = {
  queuedImages: () => 3,
  bufferedBytes: () => 4096,
  endpoints: () => [
    { target: '10.9.8.7:8001', isHealthy: true },
    { target: 'encoder.internal:8001', isHealthy: false },
  ],
  models: () => [{ name: 'a_224', isReady: true }],
};
const linesOf = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.render()).split('\n');

describe('the exposition', () => {
  test('reads gauges at scrape time', async () => {
    let queued = 1;
    const metrics = createMetrics({ ...sources, queuedImages: () => queued }, '1.2.3');
    expect(await linesOf(metrics)).toContain('tessera_batch_queue_images 1');
    queued = 2;
    expect(await linesOf(metrics)).toContain('tessera_batch_queue_images 2');
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'tessera_upload_buffered_bytes 4096',
        'tessera_model_ready{model="a_224"} 1',
        'tessera_build_info{version="1.2.3"} 1',
      ]),
    );
  });

  test('numbers endpoints and never tells their addresses', async () => {
    const lines = await linesOf(createMetrics(sources, '1'));
    expect(lines).toContain('tessera_encoder_endpoint_up{endpoint="0"} 1');
    expect(lines).toContain('tessera_encoder_endpoint_up{endpoint="1"} 0');
    expect(lines.join('\n')).not.toMatch(/10\.9\.8\.7|internal:/);
  });

  test('counts in seconds and images', async () => {
    const metrics = createMetrics(sources, '1');
    metrics.httpRequest('op', 200, 250);
    metrics.stage('infer', 20);
    metrics.batch('a_224', 8, 'ok', 30);
    metrics.batch('a_224', 2, 'failed', 30);
    metrics.item('op', 'ok');
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'tessera_http_requests_total{operation="op",status="200"} 1',
        'tessera_http_request_duration_seconds_sum{operation="op"} 0.25',
        'tessera_http_request_duration_seconds_bucket{le="0.25",operation="op"} 1',
        'tessera_http_request_duration_seconds_bucket{le="0.1",operation="op"} 0',
        'tessera_stage_duration_seconds_sum{stage="infer"} 0.02',
        'tessera_batch_size_images_sum{model="a_224"} 10',
        'tessera_batch_duration_seconds_count{model="a_224",outcome="failed"} 1',
        'tessera_items_total{operation="op",outcome="ok"} 1',
      ]),
    );
  });

  test('a label value cannot break out of its quotes', async () => {
    const metrics = createMetrics(
      { ...sources, models: () => [{ name: 'a"} 1\nfake_total 9 \\', isReady: true }] },
      '1',
    );
    const lines = await linesOf(metrics);
    expect(lines).toContain('tessera_model_ready{model="a\\"} 1\\nfake_total 9 \\\\"} 1');
    expect(lines.some((line) => line.startsWith('fake_total'))).toBe(false);
  });

  test('every metric of ours has help, a type and a unit in its name', async () => {
    const text = await createMetrics(sources, '1').render();
    const names = [...text.matchAll(/^# TYPE (tessera_\w+) (\w+)$/gm)].map(([, name, type]) => [
      name!,
      type!,
    ]);
    expect(names.length).toBeGreaterThan(8);
    for (const [name, type] of names) {
      expect(text).toContain(`# HELP ${name!} `);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_(seconds|images)$/);
    }
  });
});

test('two instances share nothing', async () => {
  const [a, b] = [createMetrics(sources, '1'), createMetrics(sources, '1')];
  a.item('op', 'ok');
  expect(await a.render()).toContain('tessera_items_total{operation="op",outcome="ok"} 1');
  expect(await b.render()).not.toContain('outcome="ok"');
});
