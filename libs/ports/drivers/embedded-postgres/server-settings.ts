/**
 * For a household on a small machine: as few processes and as little memory as PostgreSQL does with. Given at every start, so that a
 * new version of Hearth may change them.
 */
export const serverSettings: Record<string, string> = {
	max_connections: '40',
	shared_buffers: '32MB',
	work_mem: '4MB',
	maintenance_work_mem: '32MB',
	// Each of these is a process or more that waits for work a household does not have.
	io_method: 'sync',
	max_logical_replication_workers: '0',
	max_parallel_workers_per_gather: '0',
	max_parallel_maintenance_workers: '0',
	autovacuum_max_workers: '1',
	autovacuum_worker_slots: '2',
	jit: 'off',
	// A disk that sleeps is woken by a write, not by the clock.
	checkpoint_timeout: '15min',
	autovacuum_naptime: '5min',
	max_wal_size: '256MB',
	min_wal_size: '32MB',
	log_checkpoints: 'off',
	// The queries of a process that was killed end soon, with the locks they hold. Elsewhere than on Linux a server may lack this.
	...(process.platform === 'linux' ? {client_connection_check_interval: '2s'} : {}),
	// Rows are people's data: no detail of an error quotes them in the log.
	log_error_verbosity: 'terse',
	log_min_error_statement: 'panic',
	log_timezone: 'UTC',
	timezone: 'UTC',
};
