-- See schema.sql. A row's deletion takes its pending jobs with it.
CREATE TRIGGER app_webhooks_ended AFTER DELETE ON app_webhooks
BEGIN
    DELETE FROM jobs WHERE subject = OLD.id;
END;
