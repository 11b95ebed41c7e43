import {Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from 'prom-client';

/** Counters of one process, answered at /metrics as Prometheus text. One per host, so that several can run in one test. */
export function openMetrics() {
	const registry = new Registry();
	collectDefaultMetrics({register: registry});
	const registers = [registry];
	const seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
	return {
		registry,
		requests: new Histogram({
			name: 'hearth_http_request_seconds',
			help: 'Requests by route and status',
			labelNames: ['plugin', 'method', 'route', 'status'],
			buckets: seconds,
			registers,
		}),
		calls: new Histogram({
			name: 'hearth_call_seconds',
			help: 'Calls between plugins by name and outcome',
			labelNames: ['call', 'outcome'],
			buckets: seconds,
			registers,
		}),
		events: new Counter({
			name: 'hearth_events_total',
			help: 'Events by subject, listener and outcome',
			labelNames: ['subject', 'plugin', 'outcome'],
			registers,
		}),
		jobs: new Histogram({
			name: 'hearth_job_seconds',
			help: 'Jobs by name and outcome',
			labelNames: ['job', 'outcome'],
			buckets: [...seconds, 60, 120],
			registers,
		}),
		pluginUp: new Gauge({name: 'hearth_plugin_up', help: '1 where the plugin runs', labelNames: ['plugin'], registers}),
	};
}

export type Metrics = ReturnType<typeof openMetrics>;
