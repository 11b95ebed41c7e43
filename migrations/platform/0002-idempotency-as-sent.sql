-- As text the answer is the same to the byte; jsonb would put its keys in another order.
alter table platform.idempotency alter column answer type json using answer::json;
