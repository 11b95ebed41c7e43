-- When a device last synced is known to sync, which is asked for it.
alter table auth.devices drop column last_sync_at;
