-- See schema.sql. A row's deletion takes its pending jobs with it.
CREATE TRIGGER app_webhooks_ended AFTER DELETE ON app_webhooks
    FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();
